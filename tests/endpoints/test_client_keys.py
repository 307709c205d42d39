"""Where a client's keys come from (RFC 7591 §2, `jwks_uri`): how often its server is asked, and what it cannot do."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.signers import NOT_AUTHENTICATED, exchange, register
from tests.servers.loopback import Loopback, answer, serving
from tests.support import builders
from tests.support.assertions import assertion_form, claims_of, key_set, pair, sign
from tests.support.builders import change_clients, save_code
from tests.support.endpoints import post
from tests.support.messages import TOKEN, Registered, basic, code_form
from tests.support.waiting import until
from tokens.protocol import jose, records
from tokens.protocol.errors import TemporarilyUnavailable
from tokens.registration import client_keys
from tokens.stores import store


@pytest.fixture
def published() -> dict[str, Any]:
    """What the client's server answers; a test may change it."""
    return key_set()


@pytest.fixture
def server(loopback: None, published: dict[str, Any]) -> Iterator[Loopback]:
    with serving(lambda connection: answer(published)(connection)) as running:
        yield running


@pytest.fixture
def remote(server: Loopback) -> Registered:
    return register(jwks=None, jwks_uri=server.url())


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the bounds of what is kept, in seconds."""

    def bounds(**seconds: float) -> None:
        for name, value in seconds.items():
            monkeypatch.setattr(client_keys, name.upper(), value)

    return bounds


def test_the_bounds_are_these() -> None:
    assert (client_keys.PAUSE, client_keys.AHEAD, client_keys.FRESH, client_keys.STALE) == (30, 60, 300, 3600)


def keys_of(client: records.Client, token: jose.Jws) -> client_keys.Keys:
    with client_keys.keys_for(client.client_id) as keys:
        return tuple(keys(client, token))


def test_a_jwks_uri_is_read_once_and_kept(anybody: Client, alice: User, remote: Registered, server: Loopback) -> None:
    for _ in range(3):
        assert exchange(anybody, remote, alice).status_code == 200
    assert server.connections == 1


def test_an_unknown_kid_makes_it_be_read_again_but_not_within_the_pause(
    anybody: Client,
    alice: User,
    remote: Registered,
    server: Loopback,
    published: dict[str, Any],
    pause: Callable[..., None],
) -> None:
    assert exchange(anybody, remote, alice).status_code == 200
    published.update(key_set(pair(kid="new")))

    def rotated() -> Any:
        return exchange(anybody, remote, alice, sign(claims_of(remote.client_id), pair(kid="new")))

    assert [rotated().json() for _ in range(3)] == [NOT_AUTHENTICATED] * 3
    assert server.connections == 1
    pause(pause=0)
    assert rotated().status_code == 200
    assert server.connections == 2
    # The old key is gone with what the server said before.
    assert exchange(anybody, remote, alice).status_code == 400


def test_a_key_that_was_taken_away_is_refused_when_what_is_kept_is_no_longer_fresh(
    anybody: Client, alice: User, remote: Registered, published: dict[str, Any], pause: Callable[..., None]
) -> None:
    assert exchange(anybody, remote, alice).status_code == 200
    published.update({"keys": []})
    assert exchange(anybody, remote, alice).status_code == 200
    pause(pause=0, fresh=0)
    assert exchange(anybody, remote, alice).status_code == 400


def test_while_the_server_is_away_what_it_said_last_holds_for_a_while(
    anybody: Client, alice: User, remote: Registered, pause: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    assert exchange(anybody, remote, alice).status_code == 200
    client = store().clients.get(remote.client_id)
    assert client is not None
    kept = client_keys._kept[remote.client_id, client.jwks_uri]
    change_clients(jwks_uri="http://127.0.0.1:1/jwks")
    client_keys._kept[remote.client_id, "http://127.0.0.1:1/jwks"] = kept
    pause(pause=0, fresh=0)
    assert exchange(anybody, remote, alice).status_code == 200
    assert "http://127.0.0.1:1/jwks ConnectionRefusedError" in caplog.text
    pause(stale=0)
    assert exchange(anybody, remote, alice).json() == NOT_AUTHENTICATED


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"keys": {}}, "is no JWK Set"),
        ({}, "is no JWK Set"),
        ([], "ValueError: not an object"),
        ("x", "ValueError: not an object"),
        (b"<html>", "JSONDecodeError"),
        (b"[" * 60_000, "nested too deeply"),
    ],
)
def test_what_is_no_jwk_set_is_an_invalid_client_and_a_line_for_the_operator(
    anybody: Client, alice: User, loopback: None, caplog: pytest.LogCaptureFixture, document: object, line: str
) -> None:
    with serving(answer(document)) as running:
        client = register(jwks=None, jwks_uri=running.url())
        for _ in range(3):
            response = exchange(anybody, client, alice)
            assert (response.status_code, response.json()) == (400, NOT_AUTHENTICATED)
    assert running.connections == 1
    lines = [record.getMessage() for record in caplog.records if record.name == "tokens.registration.client_keys"]
    assert len(lines) == 1
    assert lines[0].startswith(f"no keys of client {client.client_id}: {running.url()} ")
    assert line in lines[0]


@pytest.mark.covers("S53 keys", "CVE-2026-1180", "CVE-2026-4366")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "169.254.169.254"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_jwks_uri_to_the_inside_is_not_connected_to(
    anybody: Client, alice: User, public: None, caplog: pytest.LogCaptureFixture, scheme: str, host: str
) -> None:
    with serving(answer(key_set())) as running:
        client = register(jwks=None, jwks_uri=running.url(scheme=scheme, host=host))
        signed = sign(claims_of(client.client_id, aud="https://op.example"))
        refusal = exchange(anybody, client, alice, signed).json()
    assert refusal["error_description"] == NOT_AUTHENTICATED["error_description"]
    assert running.connections == 0
    assert ("not https" if scheme == "http" else "not a public address") in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_on_loopback_a_client_may_have_its_keys_there_too(anybody: Client, alice: User, host: str) -> None:
    with serving(answer(key_set())) as running:
        client = register(jwks=None, jwks_uri=running.url(host=host))
        assert exchange(anybody, client, alice).status_code == 200
    assert running.connections == 1


@pytest.mark.covers("S53 keys", "CVE-2026-4366")
def test_a_jwks_uri_that_redirects_is_not_followed(anybody: Client, alice: User, server: Loopback) -> None:
    with serving(answer(b"", f"Location: {server.url()}", status="302 Found")) as running:
        client = register(jwks=None, jwks_uri=running.url())
        assert exchange(anybody, client, alice).json() == NOT_AUTHENTICATED
    assert (running.connections, server.connections) == (1, 0)


@pytest.mark.parametrize("fault", ["disabled", "method", "expired", "audience", "unreadable", "basic"])
def test_a_request_that_can_come_to_nothing_asks_no_server(
    anybody: Client, alice: User, remote: Registered, server: Loopback, fault: str
) -> None:
    token = sign(claims_of(remote.client_id))
    if fault == "disabled":
        change_clients(enabled=False)
    elif fault == "method":
        change_clients(token_endpoint_auth_method="none")
    elif fault == "expired":
        token = sign(claims_of(remote.client_id, exp=1))
    elif fault == "audience":
        token = sign(claims_of(remote.client_id, aud="https://other.example"))
    elif fault == "unreadable":
        token = "a.b.c"
    headers = basic(remote.client_id, remote.client_secret) if fault == "basic" else None
    code, _ = save_code(remote.client_id, str(alice.pk))
    form = code_form(remote, code) | assertion_form(remote.client_id, token)
    assert post(anybody, TOKEN, form, headers).status_code == 400
    assert server.connections == 0


def test_every_client_has_its_own_keys_though_they_name_one_server(
    anybody: Client, alice: User, remote: Registered, server: Loopback
) -> None:
    other = register(jwks=None, jwks_uri=server.url())
    assert exchange(anybody, remote, alice).status_code == 200
    assert exchange(anybody, other, alice).status_code == 200
    assert server.connections == 2


def test_what_is_asked_for_again_and_again_is_asked_ahead_of_its_end_and_nobody_waits(
    loopback: None, pause: Callable[..., None]
) -> None:
    over = Event()
    over.set()

    def slow(connection: socket.socket) -> None:
        over.wait(60)
        answer(key_set())(connection)

    token = jose.read(sign(claims_of("0.client")))
    with serving(slow) as running:
        client = builders.client_record(jwks_uri=running.url())
        assert len(keys_of(client, token)) == 1
        kept = client_keys._kept["0.client", running.url()]
        read_at = kept.read_at
        over.clear()
        pause(pause=0, ahead=client_keys.FRESH)
        assert len(keys_of(client, token)) == 1
        assert client_keys.waiting().taken() == 0
        until(lambda: running.connections == 2)
        over.set()
        until(lambda: kept.read_at > read_at)


def test_threads_that_need_one_answer_ask_once_and_those_beyond_a_client_s_share_find_it_when_they_come_back(
    loopback: None,
) -> None:
    over, places = Event(), client_keys.waiting()

    def slow(connection: socket.socket) -> None:
        over.wait(60)
        answer(key_set())(connection)

    token = jose.read(sign(claims_of("0.client")))
    with serving(slow) as running, ThreadPoolExecutor(places.each) as pool:
        client = builders.client_record(jwks_uri=running.url())
        waiting = [pool.submit(keys_of, client, token) for _ in range(places.each)]
        until(lambda: places.taken("0.client") == places.each)
        with pytest.raises(TemporarilyUnavailable):
            keys_of(client, token)
        over.set()
        assert [len(each.result()) for each in waiting] == [1] * places.each
        assert len(keys_of(client, token)) == 1
    assert running.connections == 1
    assert places.taken() == 0


def test_who_finds_no_place_in_the_whole_process_finds_the_answer_when_it_comes_back(loopback: None) -> None:
    over, places = Event(), client_keys.waiting()

    def slow(connection: socket.socket) -> None:
        over.wait(60)
        answer(key_set())(connection)

    token = jose.read(sign(claims_of("0.client")))
    names = [f"0.{name}" for name in range(places.most // places.each) for _ in range(places.each)]
    assert all(map(places.take, names))
    with serving(slow) as running:
        client = builders.client_record(jwks_uri=running.url())
        try:
            with pytest.raises(TemporarilyUnavailable):
                keys_of(client, token)
            over.set()
            until(lambda: len(client_keys._kept["0.client", running.url()].keys) == 1)
            assert len(keys_of(client, token)) == 1
        finally:
            for name in names:
                places.leave(name)
    assert running.connections == 1


@pytest.mark.covers("S78 length")
def test_what_is_kept_is_bounded(loopback: None, monkeypatch: pytest.MonkeyPatch, server: Loopback) -> None:
    monkeypatch.setattr(client_keys, "MAX_KEPT", 2)
    token = jose.read(sign(claims_of("0.client")))
    for name in ("a", "b", "a", "c", "a", "b"):
        keys_of(builders.client_record(client_id=name, jwks_uri=server.url()), token)
    assert [name for name, _ in client_keys._kept] == ["a", "b"]
    assert server.connections == 4
