"""Drills 22 to 24: the database crashes, has no connection left, or takes no writes, while clients go on."""

import time
from collections.abc import Callable
from contextlib import ExitStack

import psycopg
from psycopg import sql

from tests.drills.drill import Turn
from tests.drills.ground import GRACE, until
from tests.drills.history import Op, Outcome, key_of
from tests.drills.load import JWKS, WITHOUT_DATABASE, Load, is_felt, judge, slowest
from tests.drills.wire import Server

WARM = 0.3
"""Seconds of load before the fault."""
AWAY, EXHAUSTED, READ_ONLY = 3.0, 3.0, 2.0
"""Seconds that it lasts, at least: away for less than the two seconds of a pool it may cost nobody anything."""
HUNG = 60.0
"""Seconds after which a fault that nobody feels is none."""
RECOVERY = 2.0
"""Seconds after the database is well in which the last request may end that was told otherwise."""
LIVE = 1.0
"""Seconds in which a node that lives says so, on a machine that does other things too."""
POOL_TIMEOUT = 2.0
"""Seconds, as idp.databases sets it: so long may one reader of the JWK Set at a time look for keys in vain."""
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def under_load(turn: Turn, nodes: tuple[Server, ...], fault: Callable[[float], None]) -> None:
    """Load before the fault, through it and after it. `fault`: is given the instant at which it begins, and is over
    when it returns."""
    turn.grace = GRACE
    with Load(turn, nodes) as load:
        time.sleep(WARM)  # load before the fault
        began = time.monotonic()
        fault(began)
        healed = time.monotonic()
        time.sleep(RECOVERY + WARM)  # load after it
    judge(turn, load, began, healed, RECOVERY)
    still_alive(turn, began)


def crash(turn: Turn) -> None:
    """PostgreSQL is stopped as by `-m immediate` and started again."""

    def away(began: float) -> None:
        turn.ground.postgres.crash()
        last(turn, began, AWAY)
        turn.ground.postgres.start()

    under_load(turn, turn.ground.nodes, away)


def exhaustion(turn: Turn) -> None:
    """Somebody takes every connection that PostgreSQL has, those of the nodes too."""

    def taken(began: float) -> None:
        with ExitStack() as connections:
            _take_all(turn, connections, began)

    under_load(turn, turn.ground.nodes, taken)


def read_only(turn: Turn) -> None:
    """As after a failover to a standby: reads work, writes do not."""
    turn.grace = GRACE
    with Load(turn, turn.ground.nodes) as load, turn.ground.database() as database:
        time.sleep(WARM)  # load before the fault
        began = time.monotonic()
        _set_read_only(database, "on")
        settled = time.monotonic()
        last(turn, settled, READ_ONLY)
        before = time.monotonic()
        _set_read_only(database, "off")
        healed = time.monotonic()
        time.sleep(RECOVERY + WARM)  # load after it
    judge(turn, load, began, healed, RECOVERY)
    still_alive(turn, began)
    for event in turn.history.since(settled):
        if event.start > settled and event.end < before:
            done = event.outcome is Outcome.OK
            turn.expect(event.op is not Op.USE or done, f"a read at {event.place} was told {event.status}")
            turn.expect(event.op not in (Op.CONSUME, Op.REVOKE) or not done, f"a write at {event.place} was done")


def last(turn: Turn, began: float, seconds: float) -> None:
    """So long as was meant, and until somebody felt it: on a busy machine clients may ask for little in that time."""
    until(lambda: time.monotonic() > began + seconds and is_felt(turn, began), HUNG)


def _take_all(turn: Turn, taken: ExitStack, began: float) -> None:
    control = taken.enter_context(turn.ground.database())
    hung = time.monotonic() + HUNG
    while time.monotonic() < min(hung, began + EXHAUSTED) or (time.monotonic() < hung and not is_felt(turn, began)):
        try:
            taken.enter_context(psycopg.connect(turn.ground.postgres.url, autocommit=True, connect_timeout=2))
        except psycopg.OperationalError:
            control.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")
            time.sleep(0.005)


def _set_read_only(database: psycopg.Connection, value: str) -> None:
    """Until every connection that there is knows it."""
    change = sql.SQL("ALTER SYSTEM SET default_transaction_read_only = {}").format(sql.Literal(value))
    database.execute("SET default_transaction_read_only = off")
    database.execute(change)
    database.execute("SELECT pg_reload_conf()")
    until(lambda: _default(database.info.dsn) == value)
    time.sleep(0.1)  # the other sessions read it between two statements


def _default(dsn: str) -> str:
    with psycopg.connect(dsn) as database:
        row = database.execute("SHOW default_transaction_read_only").fetchone()
    return str(row[0]) if row else ""


def still_alive(turn: Turn, began: float) -> None:
    for path in WITHOUT_DATABASE:
        asked = [event for event in turn.history.since(began) if event.key == key_of(path)]
        turn.expect(len(asked) > 0, f"nobody asked for {path}")
        bound = LIVE + (POOL_TIMEOUT if path == JWKS else 0)
        turn.expect_within(slowest(asked), bound, path)
