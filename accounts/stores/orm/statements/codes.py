"""Codes that are mailed to people."""

from datetime import datetime

from django.db.models import Case, F, QuerySet, Value, When

from accounts.ground.dialects import can_return
from accounts.ground.sql.inserting import upsert
from accounts.ground.sql.sql import Sql, update
from accounts.ground.sql.statement import statement
from accounts.models import MailedCode
from accounts.stores.base.codes import MOST_ATTEMPTS, Code


@statement("codes.put")
def put(holder: str, code: Code) -> Sql:
    row = MailedCode(holder=holder, digest=code.digest, bound=code.bound, expires=code.expires)
    return upsert(row, ["holder"], ["digest", "bound", "attempts", "spent", "attempt", "expires"])


@statement("codes.attempt.returning", needs=can_return, once=True)
def attempt_returning(holder: str, digest: str, attempt: str, now: datetime) -> Sql:
    """Whether it was right, and what the code is bound to."""
    counted = _counted(holder, digest, attempt, now)
    return Sql(f"{counted.text} RETURNING spent, bound", counted.values)


@statement("codes.attempt", once=True)
def attempt(holder: str, digest: str, attempt: str, now: datetime) -> Sql:
    """For databases whose UPDATE does not answer: `of_attempt` does."""
    return _counted(holder, digest, attempt, now)


@statement("codes.attempt.right", once=True)
def of_attempt(holder: str, attempt: str) -> "QuerySet[MailedCode, tuple[str]]":
    """What the code is bound to, where that attempt spent it: nothing is written to it after that."""
    return MailedCode.objects.filter(holder=holder, attempt=attempt, spent=True).values_list("bound")


def _counted(holder: str, digest: str, attempt: str, now: datetime) -> Sql:
    alive = MailedCode.objects.filter(holder=holder, spent=False, attempts__lt=MOST_ATTEMPTS, expires__gt=now)
    is_right = Case(When(digest=digest, then=Value(True)), default=Value(False))
    return update(alive, attempts=F("attempts") + 1, spent=is_right, attempt=attempt)
