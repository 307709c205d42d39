"""Commands of several verbs, such as `clients list`: a verb is a function of what was typed in, and its answer is told
in lines for people or, with `--json`, as one JSON value."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from accounts.ground.shown_text import escaped
from accounts.ground.unavailable import Unavailable

Typed = Mapping[str, Any]
"""The options of a command by the names of their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a verb found or did. `value`: the same as `lines`, as JSON has it."""

    lines: Sequence[str]
    value: Any
    remarks: Sequence[str] = ()
    """What to tell besides, on stderr."""
    fails: bool = False
    """Whether the command ends with 1: what was looked at is not as it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """`run` raises CommandError for what cannot be done, ValidationError for what may not be."""

    help: str
    run: Callable[[Typed], Answer]
    arguments: Callable[[CommandParser], None] = lambda parser: None


def add_verbs(parser: CommandParser, verbs: Mapping[str, Verb]) -> None:
    """The verbs, of which one has to be typed in, each with its own arguments."""
    choices = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, verb in verbs.items():
        each = choices.add_parser(name, help=verb.help, description=verb.help)
        add_json(each)
        verb.arguments(each)


def add_json(parser: CommandParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON value, for programs")


def answer(run: Callable[[Typed], Answer], options: Typed, command: BaseCommand, name_of: Callable[[str], str]) -> None:
    """Runs it and prints its answer. `name_of`: what people call the member of a fault. Raises CommandError."""
    try:
        answered = run(options)
    except ValidationError as error:
        raise CommandError("\n".join(faults(error, name_of))) from None
    except (Error, Unavailable) as error:
        text = " ".join(str(error).split())
        raise CommandError(f"the database: {text}; nothing is half done: run it again") from None
    for line in [json.dumps(answered.value)] if options["json"] else answered.lines:
        command.stdout.write(printable(line))
    for remark in answered.remarks:
        command.stderr.write(printable(remark))
    if answered.fails:
        sys.exit(1)


def faults(error: ValidationError, name_of: Callable[[str], str]) -> list[str]:
    """A line a fault."""
    return [
        f"{name_of(member)}: {fault}" if member != "__all__" else fault
        for member, found in error.message_dict.items()
        for fault in found
    ]


def printable(line: str) -> str:
    """The line without what would move a terminal's cursor or turn its text around."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in escaped(line))


def members(document: Mapping[str, Any]) -> list[str]:
    """A line for each member of a JSON object, with the values below each other."""
    width = max(map(len, document), default=0)
    return [f"{name:<{width}}  {_plain(value)}".rstrip() for name, value in document.items()]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row, its columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value)
