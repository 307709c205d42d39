"""Whoever a client lets us call, and whatever its servers do: it has its share of this process, and no other client's
calls fail for it."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import product
from threading import Event
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from tests.servers.loopback import Behaviour, answer, send, serving
from tests.support.assertions import claims_of, key_set, sign
from tests.support.builders import client_record
from tests.support.pictures import png
from tests.support.waiting import until
from tokens import fetch
from tokens.conf import conf
from tokens.protocol import jose
from tokens.protocol.errors import TemporarilyUnavailable
from tokens.registration import client_keys, clients, logos

HEAD = b"HTTP/1.1 200 OK\r\n"
NAME = "hangs.example"
UNREACHABLE = "192.0.2.1"
"""For documentation: nobody is there."""
BAD, GOOD = "0.bad", "0.good"
BEYOND = 2
"""So many requests more than a client's share."""


# --- Whom we call


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """`call`: for this client, at this address; whether it came to something. `good`: what a good server answers.
    `share`: of how many at a time."""

    call: Callable[[str, str], bool]
    good: object
    share: Callable[[], int] = lambda: fetch._CALLS.each


def _keys(client_id: str, url: str) -> bool:
    client, token = client_record(client_id=client_id, jwks_uri=url), jose.read(sign(claims_of(client_id)))
    with suppress(TemporarilyUnavailable), client_keys.keys_for(client_id) as keys:
        return any(keys(client, token))
    return False


def _sector(client_id: str, url: str) -> bool:
    try:
        clients.validate(client_record(client_id=client_id, sector_identifier_uri=url))
    except ValidationError as refused:
        return [*refused.message_dict] != ["sector_identifier_uri"]
    return True


def _logo(client_id: str, url: str) -> bool:
    with suppress(ValidationError):
        return logos.with_logo(client_record(client_id=client_id, logo_uri=url), None).logo != ""
    return False


def _notice(client_id: str, url: str) -> bool:
    with suppress(fetch.FetchFailed):
        return fetch.post_form(url, {"logout_token": "a.b.c"}, client=client_id)[0] == 200
    return False


STRANGERS = {
    "jwks_uri": Stranger(call=_keys, good=key_set(), share=lambda: client_keys.waiting().each),
    "sector_identifier_uri": Stranger(call=_sector, good=[*client_record().redirect_uris]),
    "logo_uri": Stranger(call=_logo, good=png()),
    "backchannel_logout_uri": Stranger(call=_notice, good={}),
}

# --- What its server does


@pytest.fixture
def over(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Ends whoever hangs. Until then a call takes as long as its server likes."""
    settings.ISSUER = "http://localhost:8000"
    settings.TOKENS = replace(conf(), fetch_allow=("127.0.0.1", UNREACHABLE, NAME))
    monkeypatch.setattr(fetch, "MAX_SECONDS", 60.0)
    monkeypatch.setattr(client_keys, "PATIENCE", 60.0)
    over = Event()
    _hang(monkeypatch, over)
    yield over
    over.set()


def _hang(monkeypatch: pytest.MonkeyPatch, over: Event) -> None:
    """NAME is looked up, and UNREACHABLE is connected to, for as long as the test lasts."""
    look_up, connect = socket.getaddrinfo, socket.create_connection

    def found(host: str, *more: Any, **named: Any) -> Any:
        if host == NAME:
            over.wait(60)
        return look_up("127.0.0.1" if host == NAME else host, *more, **named)

    def connected(address: tuple[str, int], *more: Any) -> socket.socket:
        if address[0] == UNREACHABLE:
            over.wait(60)
            raise TimeoutError
        return connect(address, *more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(socket, "create_connection", connected)


def _says_nothing(over: Event) -> Behaviour:
    return lambda connection: [over.wait(60)].clear()


def _drips(over: Event) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(b"H")
        while not over.wait(0.02):
            connection.sendall(b"T")

    return behave


def _sends_for_ever(head: bytes) -> Callable[[Event], Behaviour]:
    def begun(over: Event) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            connection.sendall(HEAD + head)
            while not over.is_set():
                connection.sendall(b"x" * 65536)

        return behave

    return begun


def _served(behave: Callable[[Event], Behaviour]) -> Callable[[Event], AbstractContextManager[str]]:
    @contextmanager
    def running(over: Event) -> Iterator[str]:
        with serving(behave(over)) as server:
            try:
                yield server.url()
            finally:
                over.set()

    return running


def _at(host: str) -> Callable[[Event], AbstractContextManager[str]]:
    @contextmanager
    def named(over: Event) -> Iterator[str]:
        try:
            yield f"https://{host}:9/"
        finally:
            over.set()

    return named


HANGS = {
    "hangs at DNS": _at(NAME),
    "hangs at connect": _at(UNREACHABLE),
    "says nothing": _served(_says_nothing),
    "drips a byte": _served(_drips),
}
FAILS = {
    "an endless body": _served(_sends_for_ever(b"\r\n")),
    "huge headers": _served(_sends_for_ever(b"X: ")),
    "redirects": _served(lambda over: answer(b"", "Location: http://127.0.0.1:9/", status="302 Found")),
    "closes": _served(lambda over: send()),
}
GOOD_ENOUGH = {("backchannel_logout_uri", "an endless body")}
"""No body of an answer to a notice is read."""


# --- The matrix


@contextmanager
def good_server(stranger: Stranger) -> Iterator[str]:
    with serving(answer(stranger.good)) as server:
        yield server.url()


@pytest.mark.covers("S53 time")
@pytest.mark.parametrize(("name", "how"), [*product(STRANGERS, HANGS)])
def test_of_a_client_whose_server_hangs_a_share_waits_and_others_are_served(over: Event, name: str, how: str) -> None:
    stranger = STRANGERS[name]
    share = stranger.share()
    with ThreadPoolExecutor(share + BEYOND) as pool, good_server(stranger) as good, HANGS[how](over) as bad:
        asked = [pool.submit(stranger.call, BAD, bad) for _ in range(share + BEYOND)]
        until(lambda: sum(each.done() for each in asked) == BEYOND)
        assert not any(each.result() for each in asked if each.done())
        assert stranger.call(GOOD, good)
        assert stranger.call(BAD, bad) is False, "at once, as long as the others hang"
        assert not over.is_set()
        assert sum(each.done() for each in asked) == BEYOND
    assert [each.result() for each in asked] == [False] * len(asked)
    _nothing_is_held()


@pytest.mark.covers("S53 size")
@pytest.mark.parametrize(("name", "how"), [*product(STRANGERS, FAILS)])
def test_a_client_whose_server_answers_badly_fails_alone(over: Event, name: str, how: str) -> None:
    stranger = STRANGERS[name]
    good_enough = (name, how) in GOOD_ENOUGH
    with good_server(stranger) as good, FAILS[how](over) as bad:
        for _ in range(stranger.share() + BEYOND):
            assert stranger.call(BAD, bad) is good_enough
        assert stranger.call(GOOD, good)
        assert not over.is_set()
    _nothing_is_held()


def _nothing_is_held() -> None:
    until(lambda: fetch._CALLS.taken() + fetch._LOOKUPS.taken() + client_keys.waiting().taken() == 0)


# --- The whole process


def test_more_clients_than_there_is_room_for_cost_a_call_and_never_a_thread(over: Event) -> None:
    places = fetch._CALLS
    names = [f"0.{each}" for each in range(places.most // places.each) for _ in range(places.each)]
    with ThreadPoolExecutor(places.most) as pool, good_server(STRANGERS["backchannel_logout_uri"]) as good:
        asked = [pool.submit(_notice, name, f"http://{NAME}:9/") for name in names]
        until(lambda: places.taken() == fetch._LOOKUPS.taken() == places.most)
        with pytest.raises(fetch.FetchFailed, match="are under way"):
            fetch.fetch_json(good, client=GOOD)
        assert "look-ups of hosts" in fetch.obstacle(good, client=GOOD)
        over.set()
        assert not any(each.result() for each in asked)
        _nothing_is_held()
        assert _notice(GOOD, good)


def test_a_look_up_that_was_given_up_has_its_place_until_it_ends(over: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a thread still, however soon its caller went on."""
    monkeypatch.setattr(fetch, "MAX_SECONDS", 0.01)
    for _ in range(fetch._LOOKUPS.each):
        with pytest.raises(fetch.FetchFailed, match="no answer within"):
            fetch.fetch_json(f"http://{NAME}/", client=BAD)
    for _ in range(3):
        with pytest.raises(fetch.FetchFailed, match="look-ups of hosts"):
            fetch.fetch_json(f"http://{NAME}/", client=BAD)
    assert (fetch._CALLS.taken(), fetch._LOOKUPS.taken(BAD)) == (0, fetch._LOOKUPS.each)
    over.set()
    _nothing_is_held()
