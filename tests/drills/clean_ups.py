"""Drills 19, 20 and 39: many clean-ups at once among clients, one whose clock is ahead, and one beside a snapshot that
is held, by a nightly dump say."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.drills.drill import Turn
from tests.drills.expiring_rows import add, deleted, ended, looked_at, oldest, spread
from tests.drills.fake_clock import ahead
from tests.drills.ground import GRACE, until
from tests.drills.history import Op
from tests.drills.load import Load, ask_for_all
from tests.drills.people import look, quantile, signed_in
from tests.servers.nodes import Node

AT_ONCE = (2, 4)
EXPIRED, LIVE = 10_000, 200
"""Rows of each table."""
BEFORE = 2.0
"""Seconds of load without clean-ups, which the load with them is compared with."""
SLOWER = 2.0
"""So many times as long may the slowest request of the token endpoint but one in a hundred take,"""
LITTLE = 0.25
"""or twice these seconds: the clean-ups, the clients and the server have two cores together."""
WORKERS = 4
STATISTICS = 1.1
"""Seconds after which PostgreSQL has written down what happened."""
SKEWS = (90, 3600)
"""Seconds."""
MISSED = 30.0
"""Seconds that a clock is told late, at the most."""
SOON = ("45 seconds", "4 minutes", "20 minutes", "59 minutes")
COUNTED = 30.0
"""Seconds, far above the ten that PostgreSQL takes to count what a connection did that is idle since."""
HELD = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tokens_accesstoken"
AGAIN = 2
"""So many times as much may be looked at, and as long may it take, as where nothing is held."""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def together(turn: Turn) -> None:
    """Two or four clean-ups at once, under load."""
    turn.grace = GRACE
    with turn.ground.database() as database:
        live, expired = add(database, LIVE, "1 hour"), add(database, EXPIRED, "-2 days")
        deadlocks, lag = _deadlocks(database), oldest(database)
        load, began, swept = _sweep(turn)
        turn.expect((left := expired.left(database)) == 0, f"{left} expired rows are left")
        turn.expect((left := live.left(database)) == live.made, f"{live.made - left} live rows are gone")
        turn.expect(oldest(database) < lag, "the oldest row that expired is as old as before")
        time.sleep(STATISTICS)  # until PostgreSQL has counted
        now = _deadlocks(database)
        turn.expect(now == deadlocks, f"deadlocks: {deadlocks} before, {now} after")
    ask_for_all(turn, load.workers)
    _judge_seconds(turn, began, swept)


def _sweep(turn: Turn) -> tuple[Load, float, float]:
    """The load, and when the clean-ups began and had ended."""
    ground = turn.ground
    sweepers = ground.sweepers[: AT_ONCE[turn.number % len(AT_ONCE)]]
    with (
        Load(turn, (*ground.backs, *ground.nodes[:1]), WORKERS) as load,
        ThreadPoolExecutor(len(sweepers)) as pool,
    ):
        time.sleep(BEFORE)  # load without a fault, to compare with
        began = time.monotonic()
        for sweeping in [pool.submit(sweeper.clean_up) for sweeper in sweepers]:
            sweeping.result()
        return load, began, time.monotonic()


def _deadlocks(database: psycopg.Connection) -> int:
    row = database.execute(DEADLOCKS).fetchone()
    assert row is not None
    count: int = row[0]
    return count


def _judge_seconds(turn: Turn, began: float, swept: float) -> None:
    before = [event for event in turn.history.events if began - BEFORE < event.end < began]
    during = [event for event in turn.history.since(began) if event.start < swept]
    usual, worst = quantile(0.99, before, Op.CONSUME), quantile(0.99, during, Op.CONSUME, Op.USE)
    what = f"99% at the token endpoint, {usual:.2f} s before,"
    turn.expect_within(worst, SLOWER * max(usual, LITTLE), what)


def held(turn: Turn) -> None:
    """What was deleted is not looked at again, though it cannot be forgotten yet."""
    with turn.ground.database() as database, turn.ground.database() as holder:
        live = add(database, LIVE, "1 hour")
        spread(database, EXPIRED)
        free = _alone(turn, database)
        rows = spread(database, EXPIRED)
        before, gone = looked_at(database), deleted(database)
        holder.execute(HELD)
        beside = _alone(turn, database)
        until(lambda: deleted(database) >= gone + rows.made, COUNTED)
        again = looked_at(database) - before
        holder.execute("ROLLBACK")
        turn.expect((left := live.left(database)) == live.made, f"{live.made - left} live rows are gone")
    turn.expect(again <= AGAIN * rows.made, f"of {rows.made} rows {again} were looked at")
    turn.expect_within(beside, AGAIN * max(free, LITTLE), f"a clean-up, {free:.2f} s without a snapshot,")


def _alone(turn: Turn, database: psycopg.Connection) -> float:
    """Seconds of a clean-up among nobody."""
    began = time.monotonic()
    turn.ground.admin.clean_up()
    seconds = time.monotonic() - began
    turn.expect((left := ended(database)) == 0, f"{left} expired rows are left")
    return seconds


def skewed(turn: Turn) -> None:
    """The clean-up's clock is ahead: it deletes nothing that has not expired."""
    ground = turn.ground
    seconds = SKEWS[turn.number % len(SKEWS)]
    client, node = turn.confidential, turn.random.choice(ground.backs)
    code, browser = ground.codes(ground.confidential).new(), signed_in(turn, ground.fronts[0])
    begun = client.redeem(node, ground.codes(ground.confidential).new())
    with ground.database() as database:
        alive = [add(database, LIVE, soon) for soon in SOON]
        dead = add(database, LIVE, "-2 days")
        told = float(ground.cluster.run("-c", "import time; print(time.time())", **ahead(seconds)))
        turn.expect(abs(told - time.time() - seconds) < MISSED, "the clock is not ahead: the fault was none")
        ground.cluster.manage("cleanup", **ahead(seconds))
        for rows in alive:
            left = rows.left(database)
            turn.expect(left == rows.made, f"{seconds} s ahead, {rows.made - left} rows went that had not expired")
        turn.expect(dead.left(database) == 0, "what had expired was left")
    turn.expect(client.redeem(node, code).status == 200, f"{seconds} s ahead, a code was lost")
    look([browser], (*ground.fronts, *ground.nodes))
    _still_good(turn, node, begun.json)


def _still_good(turn: Turn, node: Node, tokens: dict[str, str]) -> None:
    used = turn.confidential.userinfo(node, tokens["access_token"]).status
    refreshed = turn.confidential.refresh(node, tokens["refresh_token"]).status
    turn.expect((used, refreshed) == (200, 200), f"an access and a refresh token were told {used} and {refreshed}")
