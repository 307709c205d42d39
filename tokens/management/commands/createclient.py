"""Registers a client: `createclient --kind web --name N --redirect-uri U`; prints its id and, once, its secret."""

import json
from argparse import ArgumentTypeError, BooleanOptionalAction
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tokens.admin.forms.members import offered
from tokens.admin.forms.words import WORDS
from tokens.protocol import member_types
from tokens.protocol.client_metadata import MEMBERS
from tokens.protocol.member_types import read_jwks
from tokens.protocol.members import Member
from tokens.registration import clients
from tokens.registration.kinds import KINDS

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
    member_types.Text: lambda member: {"metavar": "TEXT", "required": member.is_required},
    member_types.Choice: lambda member: {"choices": list(offered(member))},
    member_types.Choices: lambda member: {**REPEATED, "choices": list(offered(member))},
    member_types.Resources: lambda member: {**REPEATED, "metavar": "URI"},
    member_types.Scope: lambda member: {**REPEATED, "metavar": "SCOPE"},
    member_types.Uri: lambda member: {"metavar": "URI"},
    member_types.Link: lambda member: {"metavar": "URI"},
    member_types.Uris: lambda member: {**REPEATED, "metavar": "URI"},
    member_types.Flag: lambda member: {"action": BooleanOptionalAction},
    member_types.Switch: lambda member: {"choices": list(SWITCHES)},
    member_types.Seconds: lambda member: {"type": int, "metavar": "SECONDS"},
    member_types.Jwks: lambda member: {"type": key_set, "metavar": "FILE"},
}
"""How each type of member is typed in; what is not typed in is None."""
AS_JSON: Mapping[type[member_types.Type], Callable[[Any], Any]] = {
    member_types.Scope: " ".join,
    member_types.Switch: SWITCHES.__getitem__,
}
"""What was typed in as JSON (RFC 7591 §2), where it is not that already."""


class Command(BaseCommand):
    help = "Registers a client and prints one JSON object: client_id and, this once, client_secret."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = "; ".join(f"{name}: {kind.meaning}" for name, kind in KINDS.items())
        parser.add_argument("--kind", required=True, choices=list(KINDS), help=kinds)
        for member in MEMBERS.values():
            words = WORDS[member.name]
            parser.add_argument(
                _option(member.name),
                dest=member.name,
                default=None,
                help=str(words.help or words.label),
                **OPTIONS[type(member.type)](member),
            )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client, client_secret = clients.create(options["kind"], _document(options))
        except ValidationError as error:
            raise CommandError("\n".join(_lines(error))) from None
        shown = {"client_id": client.client_id, "client_secret": client_secret}
        self.stdout.write(json.dumps({name: value for name, value in shown.items() if value is not None}))


def _document(options: Mapping[str, Any]) -> dict[str, Any]:
    typed = {name: options[name] for name in MEMBERS if options[name] is not None}
    return {name: AS_JSON.get(type(MEMBERS[name].type), lambda value: value)(value) for name, value in typed.items()}


def _lines(error: ValidationError) -> list[str]:
    return [f"{_option(member)}: {fault}" for member, faults in error.message_dict.items() for fault in faults]


def _option(member: str) -> str:
    """`--redirect-uri`, which may be repeated, for `redirect_uris`; people say `--name`."""
    singular = member.removesuffix("s") if isinstance(MEMBERS[member].type, member_types.Texts) else member
    return f"--{singular.removeprefix('client_' if member == 'client_name' else '').replace('_', '-')}"
