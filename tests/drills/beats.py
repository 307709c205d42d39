"""Drills 15 to 18: the beat that leads dies, sleeps or hangs, or Redis forgets who leads: each interval has one run."""

import os
import signal
import time
from collections.abc import Callable

from tests.drills.drill import Turn
from tests.drills.scheduled import INTERVAL, LOCK, LOOP, STILL, Message
from tests.drills.watching import PATIENCE, Watch, watch

SPARE = 3.0
"""Seconds that a thing of a moment may take on a machine that does other things too: four processes that start."""
FAIL_OVER = LOCK + LOOP + 2
"""Seconds within which another leads."""
MISSED = 2 * INTERVAL + FAIL_OVER
"""Seconds between two messages for a task: what is asked for later than an interval after is a run missed."""
ENDS = LOOP + 2 + SPARE
"""Seconds within which a beat that lost its lock ends."""
BACK = 15.0
"""Seconds within which both beats are there again, and one leads."""
AWAY = 4.0
"""Seconds without Redis."""
LOST = "beat: the lock is no longer ours"
A_MOMENT = 1.0
"""Seconds: when a task succeeded is told as how long ago that is."""


def killed(turn: Turn) -> None:
    """kill -9 of the one that leads."""
    with watch(turn) as watched:
        leader, pid = watched.at.leader, watched.at.holder
        assert leader is not None
        leader.kill()
        turn.recovery = _another_leads(watched, pid)
        watched.each_runs()
        pause = watched.longest_pause()
        turn.expect_within(pause, MISSED, "the longest time in which a task was not asked for")


def slept(turn: Turn) -> None:
    """It sleeps twice as long as its lock lasts, wakes, ends, and is started again."""
    with watch(turn) as watched:
        stale, pid = watched.at.leader, watched.at.holder
        assert stale is not None
        began, before = time.monotonic(), len(watched.at.ended)
        stale.pause()
        try:
            _another_leads(watched, pid)
            time.sleep(max(0.0, began + 2 * LOCK - time.monotonic()))  # its lock in Redis has to run out
        finally:
            stale.resume()
        woke = time.monotonic()
        _ends(watched, stale.name, before)
        watched.until(watched.at.complete, BACK + SPARE, "the one that slept stands by again")
        turn.recovery = time.monotonic() - woke
        watched.each_runs()


def hung_in_a_tick(turn: Turn) -> None:
    """One that leads stands still after it looked at its lock, until another leads and sends: then it sends what the
    other sent. Again until both asked in one interval, else the drill proved nothing: on a busy machine the two may
    send in intervals that follow each other. Of what both asked for there is one run, as ever."""
    with watch(turn) as watched:
        watched.until(lambda: _both_ask(watched), PATIENCE, "both ask in one interval")
        watched.each_runs()


def _both_ask(watched: Watch) -> bool:
    """Whether the one that stood still and the one that took its place then did, for a task in one interval."""
    stale, pid = watched.at.leader, watched.at.holder
    assert stale is not None
    assert pid is not None
    before, began = len(watched.at.ended), time.time()
    os.kill(pid, signal.SIGUSR1)
    watched.until(lambda: STILL in stale.said(), PATIENCE, "the leader stands still")
    watched.turn.recovery = max(watched.turn.recovery or 0.0, _another_leads(watched, pid))
    watched.until(lambda: _slots(watched, lambda sent: sent.pid != pid and sent.at > began), PATIENCE, "it sends")
    woke = time.time()
    os.kill(pid, signal.SIGUSR1)
    _ends(watched, stale.name, before)
    watched.until(watched.at.complete, BACK + SPARE, "it stands by again")
    late = _slots(watched, lambda sent: sent.pid == pid and sent.at >= woke)
    return bool(late & _slots(watched, lambda sent: sent.pid != pid))


def _slots(watched: Watch, chosen: Callable[[Message], bool]) -> set[tuple[str, int]]:
    """The tasks and intervals that such messages were for."""
    return {(sent.task, sent.slot) for sent in watched.messages() if chosen(sent)}


def forgotten(turn: Turn) -> None:
    """FLUSHALL, or Redis is away for some seconds and comes back empty."""
    server = turn.ground.redis
    with watch(turn) as watched:
        before, kept = len(watched.at.ended), _succeeded(turn)
        if turn.number % 2 == 0:
            with server.client() as client:
                client.flushall()
        else:
            server.stop()
            time.sleep(AWAY)  # the fault lasts
            server.start()
        healed = time.monotonic()
        watched.until(lambda: len(watched.at.ended) > before, ENDS, "a beat ends")
        watched.until(watched.at.complete, PATIENCE, "both beats are back, and one leads")
        turn.recovery = time.monotonic() - healed
        turn.expect_within(turn.recovery, BACK + SPARE, "that both beats were back")
        watched.until(watched.at.restored, SPARE, "Redis has the schedule again")
        now = _succeeded(turn)
        lost = [task for task, at in kept.items() if now.get(task, 0.0) < at - A_MOMENT]
        turn.expect(not lost, f"the last success is forgotten of {lost}")
        watched.each_runs()


def _another_leads(watched: Watch, pid: int | None) -> float:
    return watched.until(lambda: watched.at.holder not in (None, pid), FAIL_OVER, "another beat leads")


def _ends(watched: Watch, name: str, before: int) -> None:
    """By itself, and says why."""
    ended = watched.at.ended
    watched.until(lambda: any(each == name for each, _ in ended[before:]), ENDS, "the stale one ends")
    watched.turn.expect((name, 1) in ended[before:], f"ended: {ended[before:]}")
    said = watched.at.log_of(name)
    watched.turn.expect(said.count(LOST) > 0, f"{name} did not say why it ended")


def _succeeded(turn: Turn) -> dict[str, float]:
    """When each task last did, by the machine's clock."""
    return dict(turn.ground.admin.say("successes"))
