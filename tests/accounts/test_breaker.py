"""What does not answer costs the requests of one moment their patience, and later ones nothing."""

import time
from collections.abc import Callable
from threading import Event
from threading import enumerate as threads

import pytest

from accounts.sessions.breaker import REST, Breaker
from tests.drills.at_once import at_once
from tests.support.waiting import until

THREADS = 32
LOOK = 30.0  # seconds
"""How long one who waited for a server that hangs would wait."""


class Server:
    """Something that is looked at."""

    def __init__(self) -> None:
        self.works, self.looks = True, 0
        self.answers = Event()
        self.answers.set()

    def look(self) -> None:
        self.looks += 1
        self.answers.wait(LOOK)
        if not self.works:
            raise OSError("redis://:password@host is away")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def breaker(server: Server) -> Breaker:
    return Breaker("the server", server.look, (OSError,))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes it later by as long as a server is not asked."""
    clock = time.monotonic
    passed = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock() + passed[0])

    def pass_by() -> None:
        passed[0] += REST

    return pass_by


def test_nobody_waits_for_a_server_that_hangs_from_the_start(server: Server, breaker: Breaker) -> None:
    server.answers.clear()
    began = time.monotonic()
    assert [breaker.allows() for _ in range(100)] == [False] * 100
    assert time.monotonic() - began < LOOK
    server.answers.set()
    until(breaker.allows)
    assert server.looks == 1


def test_of_many_who_ask_at_once_nobody_waits_and_one_thread_looks(server: Server, breaker: Breaker) -> None:
    server.answers.clear()

    def ask(ready: Callable[[], object]) -> float:
        ready()
        began = time.monotonic()
        assert not breaker.allows()
        return time.monotonic() - began

    assert max(at_once([ask] * THREADS)) < LOOK
    server.answers.set()
    until(breaker.allows)
    assert server.looks == 1


def test_it_is_left_alone_until_it_has_rested(server: Server, breaker: Breaker, later: Callable[[], None]) -> None:
    breaker.look()
    assert breaker.allows()
    server.works = False
    breaker.broke(OSError())
    assert not breaker.allows()
    assert server.looks == 1, "it was looked at before it had rested"
    later()
    assert not breaker.allows()
    for thread in threads():
        if thread.name == "the server probe":
            thread.join(LOOK)
    server.works = True
    assert not breaker.allows()
    later()
    until(breaker.allows)
    assert server.looks == 3


def test_the_log_says_once_that_it_is_left_alone_and_no_password(
    breaker: Breaker, caplog: pytest.LogCaptureFixture
) -> None:
    breaker.look()
    for _ in range(3):
        breaker.broke(OSError("redis://:password@host is away"))
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "the server is not asked: OSError"
    ]
