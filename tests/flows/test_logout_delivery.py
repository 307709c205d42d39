"""How logout notices are delivered: for each answer of a relying party's server, and however long it takes."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from tests.flows.logout_rp import OK, Behave, LogoutEndpoint, logout_endpoint, says
from tests.support.builders import SUBJECT, authorization, change_clients, register
from tests.support.held import change, forget_keys, held, only, pass_time_for_notices, written
from tests.support.messages import Registered
from tokens import fetch, keys
from tokens.conf import conf
from tokens.keys import signer
from tokens.protocol import logout_token, records
from tokens.stores import store
from tokens.work import backchannel_logout
from tokens.work.backchannel_logout import AT_ONCE, deliver

LIMIT = 0.6  # seconds
"""fetch.MAX_SECONDS where a server takes its time: a good one may need longer on a busy machine."""
ONCE = 2.0  # seconds
"""The same where a good server is asked meanwhile."""
DAY = 24 * 3600

Rp = Callable[..., tuple[Registered, LogoutEndpoint]]


@pytest.fixture
def rp(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rp]:
    """Makes clients with a server each."""
    settings.TOKENS = replace(conf(), fetch_allow=("127.0.0.1",))
    with ExitStack() as servers:

        def make(behave: Behave = OK) -> tuple[Registered, LogoutEndpoint]:
            if behave in (_hangs, _drips):
                monkeypatch.setattr(fetch, "MAX_SECONDS", LIMIT)
            endpoint = servers.enter_context(logout_endpoint(behave))
            return register(backchannel_logout_uri=endpoint.uri), endpoint

        yield make


def owe(client: Registered, number: int = 1) -> None:
    """So many sessions ended in which the client was given tokens."""
    for _ in range(number):
        given = authorization(client_id=client.client_id, sid=f"0.{time.perf_counter_ns()}")
        store().authorizations.add(given)
        store().outbox.queue_session(str(given.sid), SUBJECT, timedelta(seconds=DAY))


def pass_time(seconds: float) -> None:
    """As if all that waits had been there for so long already."""
    pass_time_for_notices(timedelta(seconds=seconds))


def notice() -> dict[str, Any]:
    """The only one there is."""
    row = only(records.LogoutDelivery)
    state = "waiting" if row.due is not None else "delivered" if row.delivered_at is not None else "given up"
    assert (row.expires is None) == (state == "waiting")
    return {"state": state, "attempts": row.attempts, "outcome": row.outcome}


# --- What may be answered


@pytest.mark.parametrize("status", [200, 204])
def test_200_and_204_are_a_delivery(rp: Rp, status: int) -> None:
    client, endpoint = rp(says(status))
    owe(client)
    assert deliver() == {"delivered": 1}
    assert notice() == {"state": "delivered", "attempts": 1, "outcome": f"answered {status}"}
    pass_time(DAY)
    assert deliver() == {}
    assert len(endpoint.requests) == 1


@pytest.mark.covers("S53 notices")
@pytest.mark.parametrize("status", [201, 202, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410])
def test_who_refuses_or_sends_us_elsewhere_is_asked_three_times(rp: Rp, status: int) -> None:
    _, elsewhere = rp()
    client, endpoint = rp(says(status, Location=elsewhere.uri))
    owe(client)
    for _ in range(2):
        assert deliver() == {"postponed": 1}
        assert deliver() == {}
        pass_time(60)
    assert deliver() == {"given up": 1}
    pass_time(DAY)
    assert deliver() == {}
    assert notice() == {"state": "given up", "attempts": 3, "outcome": f"answered {status}"}
    assert len(endpoint.requests) == 3
    assert elsewhere.requests == []


def test_that_notices_do_not_reach_a_client_is_said_once_until_they_do(
    rp: Rp, caplog: pytest.LogCaptureFixture
) -> None:
    client, endpoint = rp(says(500))
    owe(client, 3)
    for _ in range(3):
        deliver()
        pass_time(700)
    endpoint.behave = says(200)
    assert deliver() == {"delivered": 3}
    owe(client)
    deliver()
    lines = [record.getMessage() for record in caplog.records if record.name == "tokens.work.backchannel_logout"]
    assert lines == [
        f"a logout notice does not reach client {client.client_id} at {endpoint.uri}: answered 500",
        f"logout notices reach client {client.client_id} again",
    ]


def _closes(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def _hangs(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)  # nothing comes: until the other side has had enough


def _garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-garbage\r\n" * 10)


def _breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cook")


def _drips(handler: BaseHTTPRequestHandler) -> None:
    for letter in b"HTTP/1.1 200 OK\r\n" * 10:
        handler.wfile.write(bytes([letter]))
        time.sleep(0.05)  # each letter comes in time, and all of them do not


def _odd(handler: BaseHTTPRequestHandler) -> None:
    """What Python's reader of headers has a TypeError for."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary*=a; boundary*0=b\r\n\r\n")


PASSING: dict[str, Behave] = {
    **{f"answers {status}": says(status) for status in (408, 425, 429, 500, 502, 503, 504, 599)},
    "closes": _closes,
    "hangs": _hangs,
    "garbage": _garbage,
    "breaks off": _breaks_off,
    "drips": _drips,
    "odd headers": _odd,
}


@pytest.mark.parametrize("behaviour", PASSING)
def test_who_cannot_now_is_told_later(rp: Rp, monkeypatch: pytest.MonkeyPatch, behaviour: str) -> None:
    patience = fetch.MAX_SECONDS
    client, endpoint = rp(PASSING[behaviour])
    owe(client)
    for _ in range(6):
        assert deliver() == {"postponed": 1}
        assert deliver() == {}
        pass_time(700)
    assert notice()["state"] == "waiting"
    endpoint.behave = says(200)
    monkeypatch.setattr(fetch, "MAX_SECONDS", patience)
    assert deliver() == {"delivered": 1}
    assert notice() == {"state": "delivered", "attempts": 7, "outcome": "answered 200"}
    assert len({_jti(token) for token in endpoint.tokens}) == 7


def _jti(token: str) -> str:
    claims = signer().verify(token, typ=logout_token.TYP)
    assert claims is not None
    return str(claims["jti"])


def test_a_server_that_is_down_is_told_when_it_is_up(rp: Rp) -> None:
    client, endpoint = rp()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    change_clients(backchannel_logout_uri=f"http://127.0.0.1:{port}/logout")
    owe(client)
    assert deliver() == {"postponed": 1}
    assert notice()["outcome"].startswith("ConnectionRefusedError: ")
    # Where it is told is its own affair until it is.
    change_clients(backchannel_logout_uri=endpoint.uri)
    pass_time(60)
    assert deliver() == {"delivered": 1}


def test_after_a_day_a_notice_is_given_up_and_can_be_tried_once_more(rp: Rp) -> None:
    client, endpoint = rp(says(500))
    owe(client)
    for _ in range(5):
        assert notice()["state"] == "waiting"
        deliver()
        pass_time(DAY / 4 + 60)
    assert notice() == {"state": "given up", "attempts": 5, "outcome": "answered 500"}
    assert store().outbox.reopen(only(records.LogoutDelivery).id)
    assert deliver() == {"given up": 1}
    assert store().outbox.reopen(only(records.LogoutDelivery).id)
    endpoint.behave = says(200)
    assert deliver() == {"delivered": 1}


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(rp: Rp) -> None:
    client, _ = rp(says(503, Retry_After="600"))
    owe(client)
    assert deliver() == {"postponed": 1}
    pass_time(590)
    assert deliver() == {}
    pass_time(20)
    assert deliver() == {"postponed": 1}


@pytest.mark.parametrize(
    "members", [{"enabled": False}, {"backchannel_logout_uri": ""}, None], ids=["disabled", "no address", "deleted"]
)
def test_a_client_that_is_gone_meanwhile_is_not_called(rp: Rp, members: dict[str, Any] | None) -> None:
    client, endpoint = rp()
    owe(client, 3)
    if members is None:
        assert store().clients.delete(client.client_id)
    else:
        change_clients(client.client_id, **members)
    assert deliver() == {"given up": 3}
    gone = "the client is gone, disabled, or wants no notices any more"
    assert {(each.due, each.attempts, each.outcome) for each in held(records.LogoutDelivery)} == {(None, 1, gone)}
    assert endpoint.requests == []


def test_a_node_that_cannot_sign_says_so_and_goes_on(rp: Rp) -> None:
    client, endpoint = rp()
    owe(client)
    forget_keys(alg="RS256")
    keys._made.cache_clear()
    other, _ = rp()
    change_clients(other.client_id, id_token_signed_response_alg="ES256")
    owe(other)
    assert deliver() == {"postponed": 1, "delivered": 1}
    row = only(records.LogoutDelivery, client_id=client.client_id)
    assert row.outcome == "this node cannot sign RS256"
    assert endpoint.requests == []


def test_nothing_of_a_token_is_kept(rp: Rp) -> None:
    for behave in (says(200), says(400), says(500), _closes):
        client, endpoint = rp(behave)
        owe(client)
        deliver()
        [token] = endpoint.tokens
        row = written(records.LogoutDelivery, client_id=client.client_id)
        assert not any(part in row for part in token.split("."))


# --- Where notices go


@pytest.mark.covers("S53 transaction of a notice")
@pytest.mark.server("it looks at the transactions of a database")
def test_while_a_server_is_asked_nothing_is_open_in_the_database(rp: Rp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes their time holds no row, no snapshot and no turn of ours."""
    client, endpoint = rp()
    owe(client)
    ours, seen = connections["default"], []  # the servers are asked in threads, which have none
    around = len(ours.atomic_blocks)

    def watched(*given: Any, **named: Any) -> Any:
        seen.append(len(ours.atomic_blocks) - around)
        return fetch.post_form(*given, **named)

    monkeypatch.setattr(backchannel_logout, "post_form", watched)
    assert deliver() == {"delivered": 1}
    assert (seen, len(endpoint.requests)) == ([0], 1)


@pytest.mark.covers("S53 notices", "CVE-2026-1180", "CVE-2026-4366", "CVE-2026-1518")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "0"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_address_of_our_own_network_is_called(rp: Rp, settings: Settings, scheme: str, host: str) -> None:
    client, endpoint = rp()
    settings.TOKENS = replace(conf(), fetch_allow=())
    settings.ISSUER = "https://op.example"
    change_clients(backchannel_logout_uri=f"{scheme}://{host}:{endpoint.port}/logout")
    owe(client)
    assert deliver() == {"postponed": 1}
    assert endpoint.requests == []
    said, name = notice()["outcome"], host.strip("[]")
    assert said.startswith("not https: " if scheme == "http" else "its host is at ")
    assert said.endswith(f"IDP_TOKENS_FETCH_ALLOW allows it, where it has {name}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_on_loopback_a_client_may_listen_there_too(rp: Rp, settings: Settings, host: str) -> None:
    client, endpoint = rp()
    settings.TOKENS = replace(conf(), fetch_allow=())
    change_clients(backchannel_logout_uri=f"http://{host}:{endpoint.port}/logout")
    owe(client)
    assert deliver() == {"delivered": 1}


def test_no_transaction_is_open_while_a_client_is_called(rp: Rp, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = rp()
    ours, inside = connections["default"], []
    around = len(ours.savepoint_ids)
    post = fetch.post_form

    def watched(*given: Any, **named: Any) -> Any:
        inside.append(len(ours.savepoint_ids) - around)
        return post(*given, **named)

    monkeypatch.setattr(backchannel_logout, "post_form", watched)
    owe(client, 3)
    assert deliver() == {"delivered": 3}
    assert inside == [0, 0, 0]


# --- One slow client and the others


@pytest.mark.parametrize("behave", [_hangs, _odd, says(503)])
def test_who_fails_is_tried_once_a_run_and_holds_up_nobody(
    rp: Rp, monkeypatch: pytest.MonkeyPatch, behave: Behave
) -> None:
    slow, slow_server = rp(behave)
    monkeypatch.setattr(fetch, "MAX_SECONDS", ONCE)
    owe(slow, 20)
    others = [rp() for _ in range(3)]
    for client, _ in others:
        owe(client, 10)
    started = time.perf_counter()
    assert deliver() == {"delivered": 30, "postponed": 1}
    assert time.perf_counter() - started < 20 * ONCE, "each of the twenty was waited for"
    assert len(slow_server.requests) == 1
    assert [len(server.requests) for _, server in others] == [10, 10, 10]
    slow_server.behave = says(200)
    assert deliver() == {"delivered": 19}


def test_several_clients_are_called_at_once_and_each_with_one_notice_at_a_time(rp: Rp) -> None:
    lock, several, now, most = threading.Lock(), threading.Event(), dict[int, int](), [0, 0]

    def counts(handler: BaseHTTPRequestHandler) -> None:
        port = int(handler.headers["Host"].rpartition(":")[2])
        with lock:
            now[port] = now.get(port, 0) + 1
            most[:] = [max(most[0], sum(now.values())), max(most[1], now[port])]
            if sum(now.values()) == 2:
                several.set()
        several.wait(30)
        time.sleep(0.1)  # one too many would come now
        with lock:
            now[port] -= 1
        says(200)(handler)

    for _ in range(AT_ONCE + 2):
        owe(rp(counts)[0], 2)
    assert deliver() == {"delivered": 2 * (AT_ONCE + 2)}
    assert 2 <= most[0] <= AT_ONCE
    assert most[1] == 1


def test_a_run_ends_with_its_time_and_when_it_is_told_to(rp: Rp) -> None:
    client, endpoint = rp()
    owe(client, 3)
    assert deliver(seconds=0) == {}
    assert deliver(stopped=lambda: True) == {}
    assert endpoint.requests == []
    stop = iter([False, True, True])
    assert deliver(stopped=lambda: next(stop)) == {"delivered": 1}
    assert deliver() == {"delivered": 2}


def test_who_took_too_long_to_mark_its_notice_has_no_say(rp: Rp, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = rp(says(400))
    monkeypatch.setattr(backchannel_logout, "LEASE", timedelta())
    owe(client)

    def overtaken(*given: Any) -> Any:
        change(records.LogoutDelivery, {"attempts": only(records.LogoutDelivery).attempts + 1})
        return mark(*given)

    mark = backchannel_logout._mark
    monkeypatch.setattr(backchannel_logout, "_mark", overtaken)
    assert deliver() == {"taken over": 1}
    assert notice() == {"state": "waiting", "attempts": 2, "outcome": ""}
