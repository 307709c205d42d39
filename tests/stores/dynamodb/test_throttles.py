"""A request that is throttled is sent again twice, and few of a process wait for that at a time."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from threading import Event, Semaphore
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import exceptions

from accounts.ground.dynamodb import deadline, service, throttles
from accounts.ground.dynamodb.answers import CANCELLED, REASONS_THROTTLED, THROTTLED
from accounts.ground.dynamodb.service import CONNECT, READ, Service
from accounts.ground.unavailable import Unavailable
from tests.stores.dynamodb.clock import Clock, clock

__all__ = ["clock"]

PATIENCE = 60.0
"""Seconds, before a run that hangs goes on."""
LONGEST = 0.05 + 0.1
"""Seconds that a request waits in all because it is throttled."""


def throttled(code: str) -> exceptions.ClientError:
    said: dict[str, Any] = {"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    if code in REASONS_THROTTLED:
        said["Error"]["Code"] = CANCELLED
        said["CancellationReasons"] = [{"Code": "None"}, {"Code": code}]
    return exceptions.ClientError(said, "GetItem")


CODES = sorted(THROTTLED | REASONS_THROTTLED)


class Hot:
    """A client of the service whose items are throttled, always or `times` times. `at`: when it was asked."""

    def __init__(self, clock: Clock, code: str, times: int = 10_000) -> None:
        self.at: list[float] = []
        self._clock, self._code, self._times = clock, code, times

    def get_item(self, **_: Any) -> dict[str, Any]:
        self.at.append(self._clock.now)
        if len(self.at) > self._times:
            return {}
        raise throttled(self._code)

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        """The first key is done, unless it is hot."""
        self.at.append(self._clock.now)
        first, *others = asked["RequestItems"]["t"]["Keys"]
        left = [*others, first] if first == "hot" else others
        return {"UnprocessedKeys": {"t": {"Keys": left}} if left else {}}


@pytest.mark.parametrize("code", CODES)
def test_a_request_is_sent_again_twice_and_waits_a_moment(clock: Clock, code: str) -> None:
    hot, began = Hot(clock, code), clock.now
    with deadline.of_a_request(), pytest.raises(Unavailable) as raised:
        Service(hot)("get_item")
    assert len(hot.at) == 3
    assert clock.now - began <= LONGEST
    assert raised.value.for_everybody is (code == "RequestLimitExceeded"), "that one is the account's"


@pytest.mark.parametrize("code", CODES)
def test_two_calls_of_a_request_have_no_more_of_it_than_one(clock: Clock, code: str) -> None:
    first, second, began = Hot(clock, code, times=2), Hot(clock, code), clock.now
    with deadline.of_a_request():
        assert Service(first)("get_item") == {}
        with pytest.raises(Unavailable):
            Service(second)("get_item")
    assert [len(first.at), len(second.at)] == [3, 1]
    assert clock.now - began <= LONGEST
    with deadline.of_a_request():
        assert Service(Hot(clock, code, times=1))("get_item") == {}, "another request has its own"


@pytest.mark.parametrize("code", CODES)
def test_outside_of_requests_it_is_sent_again_as_long_as_there_is_time(clock: Clock, code: str) -> None:
    hot, began = Hot(clock, code), clock.now
    with pytest.raises(Unavailable):
        Service(hot)("get_item")
    assert len(hot.at) > 3
    assert hot.at[-1] - began <= deadline.SECONDS - CONNECT - READ


def test_a_batch_goes_on_as_long_as_some_of_it_is_done(clock: Clock) -> None:
    hot, keys = Hot(clock, ""), [f"key {number}" for number in range(5)]
    with deadline.of_a_request():
        assert len(list(Service(hot).until_all("batch_get_item", {"t": {"Keys": keys}}, "UnprocessedKeys"))) == 5
    hot = Hot(clock, "")
    with deadline.of_a_request(), pytest.raises(Unavailable) as raised:
        list(Service(hot).until_all("batch_get_item", {"t": {"Keys": ["cold", "hot"]}}, "UnprocessedKeys"))
    assert len(hot.at) == 1 + 3, "one that did something, and three that did not"
    assert not raised.value.for_everybody


@pytest.fixture
def held(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator["Held"]:
    """Who waits does so until the end of the test."""
    made = Held()
    monkeypatch.setattr(service, "time", SimpleNamespace(sleep=made.sleep))
    yield made
    made.let_go.set()


class Held:
    def __init__(self) -> None:
        self.waits, self.let_go = Semaphore(0), Event()

    def sleep(self, _: float) -> None:
        self.waits.release()
        assert self.let_go.wait(PATIENCE)


def test_of_many_threads_few_wait_and_all_others_are_told_at_once(clock: Clock, held: Held) -> None:
    hot = Hot(clock, CODES[0])

    def ask() -> None:
        with deadline.of_a_request(), pytest.raises(Unavailable):
            Service(hot)("get_item")

    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(ask) for _ in range(16)]
        _first(len(asked) - throttles.AT_ONCE, asked)
        assert [held.waits.acquire(timeout=PATIENCE) for _ in range(throttles.AT_ONCE)] == [True] * throttles.AT_ONCE
        assert not held.waits.acquire(blocking=False)
        assert sum(each.done() for each in asked) == len(asked) - throttles.AT_ONCE
        held.let_go.set()
        _first(len(asked), asked)
    held.let_go.set()
    before = len(hot.at)
    ask()
    assert len(hot.at) - before == 3, "who waited has left"


def _first(number: int, asked: list[Future[None]]) -> None:
    """They are done, and well."""
    ended = as_completed(asked, timeout=PATIENCE)
    for _ in range(number):
        next(ended).result()
