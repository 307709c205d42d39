"""How many SQL statements and calls of DynamoDB a request takes: the servers' logs tell, in a pass not measured."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from peers_dynamodb import CALL
from peers_sides import Side
from peers_wrk import Case, run

from idp.local.postgres import Postgres

REQUESTS = 20
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
LOGGING = {"log_statement": "all", "log_line_prefix": "%d "}
LOGGED = r"LOG:  (?:statement|execute [^:]*): (.*(?:\n\t.*)*)"
"""What was sent at once, which may go on in the next lines of the log: they begin with a tab."""
TEXT = r"E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'"
"""A value in a statement, which may have a semicolon in it."""


@dataclass(frozen=True, slots=True)
class Statements:
    """Of a request. `control`: what begins and ends transactions. `calls`: of DynamoDB, where the store is there."""

    data: int
    control: int
    calls: int | None = None

    def __str__(self) -> str:
        statements = f"{self.data} + {self.control}"
        return statements if self.calls is None else f"{statements}, {self.calls} calls"


@contextlib.contextmanager
def logged(server: Postgres) -> Iterator[None]:
    """Every statement goes to the server's log until the block ends."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        for name, value in LOGGING.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")
        while connection.execute("SHOW log_statement").fetchone() != ("all",):
            pass
        yield
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")


def statements(case: Case, side: Side, server: Postgres) -> Statements:
    """The mean of `REQUESTS` that follow one another, where statements are logged. It is rounded: now and then a server
    asks something for itself."""
    written = case.written().alone()
    begin, called = server.log.stat().st_size, _calls(side.dynamodb)
    done = run(written, side.url, seconds=2, most=REQUESTS)
    with server.log.open("rb") as log:
        log.seek(begin)
        lines = log.read().decode(errors="replace")
    sent = re.findall(rf"^{side.database} {LOGGED}", lines, re.MULTILINE)
    found = [each.split()[0] for text in sent for each in re.sub(TEXT, "''", text).split(";") if each.split()]
    control = sum(word.upper() in CONTROL for word in found)
    counts = [len(found) - control, control, *([_calls(side.dynamodb) - called] if side.dynamodb else [])]
    return Statements(*(round(count / done.finished) for count in counts))


def _calls(log: Path | None) -> int:
    """So far."""
    return log.read_bytes().count(CALL) if log else 0
