"""A client's members as options of a command: each type of member has its way to be typed in, with the words of the
admin's pages. What was typed in is JSON as RFC 7591 §2 has it."""

from argparse import ArgumentTypeError, BooleanOptionalAction
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext_lazy as _

from tokens.admin.forms.members import offered
from tokens.admin.forms.words import WORDS
from tokens.protocol import member_types
from tokens.protocol.client_metadata import MEMBERS
from tokens.protocol.member_types import read_jwks
from tokens.protocol.members import FIXED, Member
from tokens.protocol.records import Client
from tokens.registration.remarks import remarks

CHANGEABLE = tuple(name for name in MEMBERS if FIXED not in MEMBERS[name].marks)
SWITCHES = {"always": True, "never": False}
REPEATED = {"action": "extend", "nargs": "+"}


def key_set(path: str) -> dict[str, object]:
    try:
        return read_jwks(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentTypeError(f"{path!a} cannot be read: {type(error).__name__}") from None
    except ValueError as error:
        raise ArgumentTypeError(f"{path!a} {error}") from None


OPTIONS: Mapping[type[member_types.Type], Callable[[Member], dict[str, Any]]] = {
    member_types.Text: lambda member: {"metavar": "TEXT"},
    member_types.Choice: lambda member: {"choices": list(offered(member))},
    member_types.Choices: lambda member: {**REPEATED, "choices": list(offered(member))},
    member_types.Resources: lambda member: {**REPEATED, "metavar": "URI"},
    member_types.Scope: lambda member: {**REPEATED, "metavar": "SCOPE"},
    member_types.Uri: lambda member: {"metavar": "URI"},
    member_types.Link: lambda member: {"metavar": "URI"},
    member_types.Uris: lambda member: {**REPEATED, "metavar": "URI"},
    member_types.Lines: lambda member: {**REPEATED, "metavar": "TEXT"},
    member_types.Flag: lambda member: {"action": BooleanOptionalAction},
    member_types.Switch: lambda member: {"choices": list(SWITCHES)},
    member_types.Seconds: lambda member: {"type": int, "metavar": "SECONDS"},
    member_types.Jwks: lambda member: {"type": key_set, "metavar": "FILE"},
}
"""How each type of member is typed in; what is not typed in is None."""
ADDED = {
    "grant_types": _(
        "One more than its kind has. With client_credentials the client uses its scopes of APIs without a person, too."
    )
}
"""What is said of an option of a new client, whose value comes to that of its kind."""
AS_JSON: Mapping[type[member_types.Type], Callable[[Any], Any]] = {
    member_types.Scope: " ".join,
    member_types.Switch: SWITCHES.__getitem__,
}
"""What was typed in as JSON, where it is not that already."""


def add_members(parser: CommandParser, names: Iterable[str], *, needed: bool) -> None:
    """An option for each of the members. `needed`: those that no kind of client has a value for must be typed in."""
    for member in map(MEMBERS.__getitem__, names):
        words = WORDS[member.name]
        parser.add_argument(
            option(member.name),
            dest=member.name,
            default=None,
            required=needed and member.is_required and type(member.type) is member_types.Text,
            help=str(ADDED.get(member.name, words.help or words.label) if needed else words.help or words.label),
            **OPTIONS[type(member.type)](member),
        )


def document(options: Mapping[str, Any]) -> dict[str, Any]:
    """The members that were typed in, as JSON."""
    typed = {name: options[name] for name in MEMBERS if options.get(name) is not None}
    return {name: AS_JSON.get(type(MEMBERS[name].type), lambda value: value)(value) for name, value in typed.items()}


def remarks_on(client: Client) -> list[str]:
    """A line for each thing that its operator should know, by the option that says it."""
    return [f"{option(member)}: {remark}" for member, remark in remarks(client)]


def option(member: str) -> str:
    """`--redirect-uri`, which may be repeated, for `redirect_uris`; people say `--name`."""
    texts = member in MEMBERS and isinstance(MEMBERS[member].type, member_types.Texts)
    singular = member.removesuffix("s") if texts else member
    return f"--{singular.removeprefix('client_' if member == 'client_name' else '').replace('_', '-')}"
