"""Clients, resources and their scopes as code: `apply FILE` makes everything as the file declares it; `--plan` only
says what that would change, `--prune` deletes what the file does not name."""

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground.verbs import Answer, Typed, add_json, answer
from tokens.protocol.jose import json_object
from tokens.registration import as_code
from tokens.registration.as_code import Change, Plan
from tokens.registration.remarks import remarks

SIGNS = {"make": "+", "change": "~", "delete": "-"}
DIFFERS = 3
"""The exit code of a plan that has changes: 1 is a refusal, and 2 says that the settings cannot be used."""
READERS = {".toml": lambda text: tomllib.loads(text.decode()), ".json": json_object}


class Command(BaseCommand):
    help = "Makes clients, resources and their scopes as a file in TOML or JSON declares them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="ends in .toml or .json (docs/commands.md)")
        text = f"write nothing, and end with {DIFFERS} where something would change"
        parser.add_argument("--plan", action="store_true", help=text)
        text = "delete the clients, and the resources, that the file does not name, if it has such a part"
        parser.add_argument("--prune", action="store_true", help=text)
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        plans: list[Plan] = []

        def run(typed: Typed) -> Answer:
            plans.append(as_code.plan(as_code.read(_read(typed["file"])), prune=typed["prune"]))
            return _answer(plans[0], {} if typed["plan"] else _carry_out(plans[0]), done=not typed["plan"])

        answer(run, options, self, str)
        if options["plan"] and plans[0].changes:
            sys.exit(DIFFERS)


def _read(name: str) -> Mapping[str, Any]:
    path = Path(name)
    if path.suffix not in READERS:
        raise CommandError(f"{name!a}: its name has to end in {' or '.join(READERS)}")
    try:
        return READERS[path.suffix](path.read_bytes())
    except OSError as error:
        raise CommandError(f"{name!a} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{name!a} is no {path.suffix[1:].upper()}: {error}") from None


def _carry_out(plan: Plan) -> Mapping[str, str]:
    try:
        return as_code.carry_out(plan)
    except as_code.Conflict as error:
        raise CommandError(f"somebody else changed the {error} at this moment: run it again") from None


def _answer(plan: Plan, secrets: Mapping[str, str], *, done: bool) -> Answer:
    lines = [line for change in plan.changes for line in _lines(change, secrets.get(change.id))]
    verb = "done" if done else "planned"
    lines.append(f"{verb}: {len(plan.changes)} to change" if plan.changes else "nothing to change")
    value = {"done": done, "changes": [_told(each, secrets) for each in plan.changes]}
    return Answer(lines=lines, value=value, remarks=[line for each in plan.changes for line in _remarks(each)])


def _remarks(change: Change) -> list[str]:
    found = remarks(change.client) if change.client is not None and change.verb != "delete" else ()
    return [f"client {change.id}, {member}: {remark}" for member, remark in found]


def _lines(change: Change, secret: str | None) -> list[str]:
    members = [f"    {name}: {before!r} -> {after!r}" for name, (before, after) in change.members.items()]
    told = [f"    client_secret (shown this once): {secret}"] if secret is not None else []
    losing = [f"    taken from clients that have its scopes: {', '.join(change.losing)}"] if change.losing else []
    shown = members if change.verb != "delete" else []
    return [f"{SIGNS[change.verb]} {change.what} {change.id}", *shown, *losing, *told]


def _told(change: Change, secrets: Mapping[str, str]) -> dict[str, Any]:
    members = {name: {"before": before, "after": after} for name, (before, after) in change.members.items()}
    secret = {"client_secret": secrets[change.id]} if change.what == "client" and change.id in secrets else {}
    losing = {"losing": list(change.losing)} if change.losing else {}
    return {"what": change.what, "id": change.id, "verb": change.verb, "members": members, **losing, **secret}
