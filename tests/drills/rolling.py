"""Drill 27: machine by machine the next build takes the place of this one, over tables that it expands, and then this
one its place again, while everybody comes as ever: not one request fails."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis

from tests.drills.builds import COLUMN, TABLE, TASK, THIS, VALUE, Build, next_build
from tests.drills.deployed import PATIENCE, RETRY, Deployed, Size, deployed
from tests.drills.drill import Turn
from tests.drills.ground import Ground, until
from tests.drills.history import Outcome
from tests.drills.load import ask_for_all
from tests.drills.visitors import Visitors, carry, take
from tests.drills.watching import Run
from tests.drills.wire import ask

LARGE = Size(nodes=3, workers=2, mixed=30.0)
SMALL = Size(nodes=2, workers=0, mixed=0.0)
"""For the suite: workers and beats are three processes more at each step."""
LOOK = 1.0
"""Seconds between two looks at all that the store holds."""
ISSUED = f"""SELECT count(*) FILTER (WHERE {COLUMN} = '{VALUE}'), count(*) FILTER (WHERE {COLUMN} IS NULL)
    FROM tokens_refreshtoken"""  # noqa: S608 names of ours
WRITTEN = (f'"{COLUMN}":"{VALUE}"', '"generation":')
"""In a record of the next build, and in one of either."""
STATICS = "redbeat::statics"
OURS = "deliver_logouts"
"""A task of both builds."""


@contextmanager
def newer(ground: Ground) -> Iterator[Build]:
    with TemporaryDirectory(prefix="idp-next-") as folder:
        yield next_build(Path(folder), ground.store)


def roll(turn: Turn, size: Size = LARGE) -> None:
    turn.grace = RETRY
    build = turn.ground.kept(newer)
    with deployed(turn.ground, size, turn.number) as at:
        visitors = Visitors(turn, at)
        began = time.monotonic()
        with visitors.coming():
            before = carry(visitors)
            _join_too_early(turn, at, build)
            _replace(at, build)
            take(visitors, before)
            after = carry(visitors)
            _until_done(at, TASK)
            _prepare(turn, at, THIS)
            _replace(at, THIS)
            take(visitors, after)
            _until_done(at, OURS)
        _judge(turn, visitors, began, time.monotonic())
        _judge_work(turn, at)


def _join_too_early(turn: Turn, at: Deployed, build: Build) -> None:
    """A node of the next build whose tables are not there serves nothing, and joins by itself once they are; the nodes
    of this build serve on over tables that are ahead of them."""
    first, *others = at.cluster.nodes
    taken = at.start(first, build)
    ready = ask(first.port, "GET", "/readyz", headers={"Host": "localhost"})
    turn.expect(ready.status == 503 and ready.json.get("failed", {}).keys() == {"migrations"}, f"/readyz: {ready.json}")
    turn.expect(ask(first.port, "POST", "/oauth2/token", {}).status == 503, "a node without its tables answered")
    _prepare(turn, at, build)
    at.await_rotation(first, taken)
    for node in others:
        turn.expect(node.ready(), f"{node.name} is not ready over tables that are ahead of it")


def _replace(at: Deployed, build: Build) -> None:
    """Machine by machine; each is there before the next one goes. With the first done, both serve for a while."""
    for number, (node, others) in enumerate(at.machines):
        if node.program.folder != build.root:
            at.await_rotation(node, at.start(node, build))
        at.restart(others, build)
        if number == 0:
            _mixed(at)


def _mixed(at: Deployed) -> None:
    """Until both builds have issued tokens to those who come."""
    before = _issued(at)
    time.sleep(at.size.mixed)  # so long they serve together
    until(lambda: all(now > then for now, then in zip(_issued(at), before, strict=True)), PATIENCE, LOOK)


def _issued(at: Deployed) -> tuple[int, int]:
    """How many refresh tokens there are that the next build issued, and this one: only that one's tables, or records,
    say so."""
    if at.cluster.environ.get("IDP_TOKENS_STORE") == "dynamodb":
        of_the_next, all_there = at.desk.say("written", *WRITTEN)
        return of_the_next, all_there - of_the_next
    with at.database() as database:
        of_the_next, of_this = _row(database, ISSUED)
    return of_the_next, of_this


def _prepare(turn: Turn, at: Deployed, build: Build) -> None:
    ended = build.manage(at.cluster.environ, "prepare")
    turn.expect(ended.returncode == 0, f"prepare of {build.root.name} ended so: {ended.stderr}")
    turn.expect(ended.returncode != 0 or "programs" in json.loads(ended.stdout), f"prepare said {ended.stdout}")


def _until_done(at: Deployed, task: str) -> None:
    """A run of it ends well, from now on, where there are workers."""
    if at.workers:
        until(partial(_is_done, at, task, time.time()), PATIENCE, LOOK)


def _is_done(at: Deployed, task: str, since: float) -> bool:
    return any((run.task, run.ended_well) == (task, True) for run in _runs(at, since))


def _runs(at: Deployed, since: float) -> list[Run]:
    return [Run(*each) for each in at.desk.say("runs", since, TASK)]


def _judge(turn: Turn, visitors: Visitors, began: float, ended: float) -> None:
    """Every request that failed. A machine that does other things too may be late: there only what was answered well
    or with a proper 503 holds."""
    late = turn.slack > 1
    excused = (Outcome.OK, Outcome.UNAVAILABLE) if late else (Outcome.OK,)
    events = [event for event in turn.history.since(began) if event.start < ended]
    for event in events:
        turn.expect(event.outcome in excused, f"{event.op} at {event.place} was told {event.status}")
    for status, says in visitors.faults:
        turn.expect(late and status == 503, says)
    ask_for_all(turn, visitors.workers)


def _judge_work(turn: Turn, at: Deployed) -> None:
    """No run failed, and the schedule is this build's again."""
    for run in _runs(at, 0.0):
        turn.expect(not run.error, f"a run of {run.task} failed: {run.error}")
    with at.database() as database:
        turn.expect(_row(database, f"SELECT to_regclass('{TABLE}') IS NOT NULL")[0], "the table is gone")
    with redis.Redis.from_url(at.broker) as client:
        names = {bytes(name).decode() for name in client.smembers(STATICS)}
        wanted = set(turn.ground.admin.say("tasks")) if at.beats else set()
        turn.expect(names == wanted, f"scheduled after the way back: {names}")
        client.flushdb()


def _row(database: Any, statement: str) -> Any:
    return database.execute(statement).fetchone()
