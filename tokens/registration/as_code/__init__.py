"""Clients and resources as code: what a document declares is compared with what there is (`plan`), and made so
(`carry_out`). Owns no file and prints nothing: `manage.py apply` does."""

from tokens.registration.as_code.document import read
from tokens.registration.as_code.plan import Change, Plan, plan
from tokens.registration.as_code.writing import Conflict, carry_out

__all__ = ["Change", "Conflict", "Plan", "carry_out", "plan", "read"]
