"""`dynamodb warm [TABLE …]`: shows what tables serve at once, and makes it more before a rush."""

from django.core.management.base import CommandError, CommandParser

from accounts.ground.verbs import Answer, Typed, Verb, table
from tokens.stores.dynamodb.described import Warm
from tokens.stores.dynamodb.operating import tables_there
from tokens.stores.dynamodb.tables import TABLES

HEADER = ("table", "reads a second", "writes a second", "")
NOW, BECOMING = "now", "becoming more"
"""It may take the service minutes, or hours."""


def _warm(typed: Typed) -> Answer:
    asked = typed["tables"]
    if unknown := sorted({*asked} - {*TABLES}):
        raise CommandError(f"TABLE: {', '.join(unknown)}: the tables are {', '.join(TABLES)}, without their prefix")
    if not asked and (typed["reads"] or typed["writes"]):
        raise CommandError("TABLE: name those that are to serve more: each costs, once")
    with tables_there() as there:
        found = there.warm(asked or TABLES, typed["reads"], typed["writes"])
    value = [
        {"table": name, "reads": each.reads, "writes": each.writes, "changing": each.is_changing}
        for name, each in found.items()
    ]
    return Answer(lines=table([HEADER, *(_row(name, each) for name, each in found.items())]), value=value)


def _row(name: str, found: Warm) -> tuple[str, ...]:
    return name, f"{found.reads:,}", f"{found.writes:,}", BECOMING if found.is_changing else NOW


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="which, without the prefix; none: show all")
    for name, unit in (("reads", "read"), ("writes", "write")):
        text = f"{unit} units a second that they are to serve at once; what they do is kept where it is more"
        parser.add_argument(f"--{name}", type=int, default=0, metavar="UNITS", help=text)


VERB = Verb(help="show how much tables serve at once, and have them serve more", run=_warm, arguments=_arguments)
