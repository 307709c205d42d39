"""Logout notices between processes: killed in the middle of one, and several at once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import pytest

from tests.flows.logout_rp import logout_endpoint, says
from tests.stores.processes import database_url
from tests.support.builders import SUBJECT, authorization, register
from tests.support.fixtures import make_keys
from tests.support.held import held, only, pass_time_for_notices
from tests.support.messages import Registered
from tokens.conf import minter
from tokens.protocol.records import LogoutDelivery
from tokens.stores import store

ROOT = Path(__file__).parents[2]
SECONDS = 30


@pytest.fixture(autouse=True)
def _keys(committed: None) -> None:
    make_keys()


def owe(client: Registered, number: int = 1) -> None:
    for _ in range(number):
        given = authorization(client_id=client.client_id, sid=minter().mint())
        store().authorizations.add(given)
        store().outbox.queue_session(str(given.sid), SUBJECT, timedelta(hours=1))


@contextmanager
def delivering() -> Iterator[subprocess.Popen[bytes]]:
    """A node's process that does scheduled work, every second."""
    own = {"DATABASE_URL": database_url(), "IDP_TOKENS_FETCH_ALLOW": "127.0.0.1", "TEST_INTERVAL": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.work.quick", "work"],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_notice_whose_process_is_killed_before_it_is_marked_is_delivered_by_another() -> None:
    over = Event()

    def answers_when_all_is_over(handler: BaseHTTPRequestHandler) -> None:
        over.wait(SECONDS)

    with logout_endpoint(answers_when_all_is_over) as endpoint:
        owe(register(backchannel_logout_uri=endpoint.uri))
        with delivering() as process:
            until(lambda: len(endpoint.requests) == 1)
            process.kill()
            assert process.wait(SECONDS) == -9
        left, now = only(LogoutDelivery), datetime.now(UTC)
        assert (left.attempts, left.delivered_at, left.outcome) == (1, None, "")
        assert left.due is not None
        assert left.due > now
        over.set()
        endpoint.behave = says(200)
        # As if the lease had run out.
        pass_time_for_notices(left.due - now)
        with delivering():
            until(lambda: held(LogoutDelivery, delivered_at__isnull=False) != [])
        first, second = endpoint.tokens
    assert first != second
    told = only(LogoutDelivery)
    assert (told.attempts, told.due, told.outcome) == (2, None, "answered 200")


def test_of_several_at_once_none_sends_what_another_does() -> None:
    with logout_endpoint() as one, logout_endpoint() as two:
        with delivering(), delivering(), delivering():
            for _ in range(5):
                for endpoint in (one, two):
                    owe(register(backchannel_logout_uri=endpoint.uri), 6)
            until(lambda: held(LogoutDelivery, due__isnull=False) == [])
        assert (len(one.requests), len(two.requests)) == (30, 30)
        assert len({token for endpoint in (one, two) for token in endpoint.tokens}) == 60
    assert {(told.attempts, told.outcome) for told in held(LogoutDelivery)} == {(1, "answered 200")}
