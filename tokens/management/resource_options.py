"""A protected resource's members as options of a command."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from tokens.conf import SIGNING_ALGS
from tokens.protocol.access_token import TYPS
from tokens.protocol.records import Resource
from tokens.protocol.resource_registration import INTROSPECTION_CLAIMS

REPEATED = {"action": "extend", "nargs": "+"}
DEFAULTS = Resource(identifier="", scope=())
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "name": {"metavar": "TEXT", "help": "what people see when a client asks for access to it"},
    "scope": {
        **REPEATED,
        "metavar": "SCOPE",
        "help": "its scopes: a client that may have one of them may ask for tokens for it",
    },
    "access_token_format": {
        "choices": ("jwt", "opaque"),
        "help": f"jwt: verified without asking us; opaque: introspected each time ({DEFAULTS.access_token_format})",
    },
    "access_token_signed_response_alg": {
        "choices": SIGNING_ALGS,
        "help": f"how its JWTs are signed ({DEFAULTS.access_token_signed_response_alg})",
    },
    "access_token_typ": {
        "choices": TYPS,
        "help": f"the typ of their header: JWT for an API that knows no other ({DEFAULTS.access_token_typ})",
    },
    "introspection_claims": {
        **REPEATED,
        "choices": INTROSPECTION_CLAIMS,
        "help": "what introspection tells it of the person; repeat it for more than one",
    },
    "scope_sentences": {
        **REPEATED,
        "metavar": "LINE",
        "help": "what people are asked for a scope, such as 'orders:read en See your orders'; repeat it for more",
    },
    "owners": {
        **REPEATED,
        "metavar": "CLIENT_ID",
        "help": "a client with a secret or keys that may introspect tokens for it; repeat it for more than one",
    },
}
"""How each member is typed in; what is not typed in is None."""

SEVERAL = frozenset({"scope", "introspection_claims"})
"""Members that are tuples."""


def add_members(parser: CommandParser, *, needed: tuple[str, ...] = ()) -> None:
    for name, how in OPTIONS.items():
        parser.add_argument(option(name), dest=name, default=None, required=name in needed, **how)


def members(options: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed in, as the record has it; without the owners."""
    typed = {name: options[name] for name in OPTIONS if options[name] is not None and name != "owners"}
    several = {name: tuple(dict.fromkeys(" ".join(typed[name]).split())) for name in SEVERAL & typed.keys()}
    lines = {name: tuple(dict.fromkeys(typed[name])) for name in {"scope_sentences"} & typed.keys()}
    return typed | several | lines


def option(member: str) -> str:
    """`--owner`, which may be repeated, for `owners`."""
    singular = member.removesuffix("s") if member in ("owners", "introspection_claims", "scope_sentences") else member
    return f"--{singular.replace('_', '-')}"
