"""Drill 38: 100 or 32 right passwords at once at a front node whose hasher takes a fixed time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from accounts.sign_in.hashers import Argon2
from accounts.sign_in.password_queue import PATIENCE, RETRY_AFTER
from tests.drills.at_once import at_once
from tests.drills.drill import Turn
from tests.drills.ground import Ground
from tests.drills.people import look
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.relying_party import Ready
from tests.drills.wire import Answer
from tests.servers.nodes import Node
from tests.support.people import PASSWORD, USERNAME

PEOPLE = (100, 32)
"""In turns, a round each."""
PLACES = 2
SECONDS = 0.5
"""That a check takes: the last of 32 begins after 7.5 s, and the last of 100 would after 24.5 s."""
ANSWERED = 5.0
"""Seconds until all who gave up at one instant have their page: two cores make some seventy."""
LEAST = 32
"""So many begin in PATIENCE, if all else that a sign-in does takes a quarter of the time at the most."""
ROOM = 64
"""MiB that a process may need beside its checks, for as many threads as there are people."""
HASH = Argon2.memory_cost // 1024
"""MiB that one check takes."""
FIXED_TIME = Path(__file__).parent / "fixed_time"
Told = tuple[RecordedBrowser, Answer, float]


@contextmanager
def front(ground: Ground) -> Iterator[Node]:
    settings = {"IDP_ROLE": "front", "IDP_PASSWORD_CHECKS": str(PLACES), "TEST_PASSWORD_SECONDS": str(SECONDS)}
    paths = f"{FIXED_TIME}:{ground.cluster.environ['PYTHONPATH']}"
    with ground.cluster.more(1, **settings, PYTHONPATH=paths) as (node,):
        yield node


def crowd(turn: Turn) -> None:
    """Whose turn comes in time is signed in; the rest are told when to come back, and keep their user name."""
    people = PEOPLE[turn.number % len(PEOPLE)]
    node = turn.ground.kept(front)
    before = _memory(node)
    told = at_once([partial(_sign_in, turn, node)] * people)
    signed = [browser for browser, answer, _ in told if answer.status == 303]
    _expect_turned_away(turn, [each for each in told if each[1].status != 303])
    # Here only that somebody was signed in counts: the machine may be busy.
    least = LEAST if turn.slack == 1 else PLACES
    turn.expect(len(signed) >= least, f"of {people} at once {len(signed)} were signed in, {least} at least should be")
    grown = _memory(node) - before
    most = PLACES * HASH + ROOM
    turn.expect(grown <= most, f"the worker grew by {grown} MiB at {PLACES} checks, {most} are its bound")
    look(signed[:PLACES], turn.ground.nodes)


def _sign_in(turn: Turn, node: Node, ready: Ready) -> Told:
    browser = RecordedBrowser(turn.history, USERNAME, PASSWORD, may_wait=True)
    ready()
    began = time.monotonic()
    answer = browser.sign_in(node)
    return browser, answer, time.monotonic() - began


def _expect_turned_away(turn: Turn, told: list[Told]) -> None:
    for _, answer, took in told:
        kept = f'value="{USERNAME}"'.encode() in answer.content
        found = (answer.status, answer.headers.get("retry-after"), kept)
        turn.expect(found == (503, RETRY_AFTER, True), f"who was not signed in was told {found}")
        turn.expect(took >= PATIENCE, f"who was not signed in had waited for {took:.1f} s")
        turn.expect_within(took, PATIENCE + ANSWERED, "to be told to come back")


def _memory(node: Node) -> int:
    """MiB that the largest of its processes ever held."""
    status = [Path(f"/proc/{pid}/status").read_text() for pid in node.children()]
    return max(int(text.partition("VmHWM:")[2].split()[0]) for text in status) // 1024
