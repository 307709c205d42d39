"""A protected resource's members as options of a command."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from tokens.conf import SIGNING_ALGS
from tokens.protocol.records import Resource

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
    "owners": {
        **REPEATED,
        "metavar": "CLIENT_ID",
        "help": "a client with a secret or keys that may introspect tokens for it; repeat it for more than one",
    },
}
"""How each member is typed in; what is not typed in is None."""


def add_members(parser: CommandParser, *, needed: tuple[str, ...] = ()) -> None:
    for name, how in OPTIONS.items():
        parser.add_argument(option(name), dest=name, default=None, required=name in needed, **how)


def members(options: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed in, as the record has it; without the owners."""
    typed = {name: options[name] for name in OPTIONS if options[name] is not None and name != "owners"}
    return typed | ({"scope": tuple(dict.fromkeys(" ".join(typed["scope"]).split()))} if "scope" in typed else {})


def option(member: str) -> str:
    return "--owner" if member == "owners" else f"--{member.replace('_', '-')}"
