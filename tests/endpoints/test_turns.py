"""Whoever we call, and for whatever reason, a request that waits for them holds neither its turn nor a connection."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from threading import Event
from types import SimpleNamespace

import pytest

from accounts.ground import turn
from tests.servers.loopback import answer, fetch_array, fetch_json, fetch_picture, obstacle, post, serving
from tests.support import builders
from tests.support.assertions import claims_of, key_set, sign
from tokens.fetch import FetchFailed
from tokens.protocol import jose
from tokens.registration import client_keys

HANGS = 30.0  # seconds
Call = Callable[[str], object]


def keys_of_a_client(url: str) -> object:
    client = builders.client_record(jwks_uri=url)
    with client_keys.keys_for(client.client_id) as keys:
        return keys(client, jose.read(sign(claims_of(client.client_id))))


CALLS: dict[str, Call] = {
    "jwks_uri": keys_of_a_client,
    "a document": fetch_json,
    "sector_identifier_uri": fetch_array,
    "logo_uri": fetch_picture,
    "backchannel_logout_uri": post,
}


class Noted:
    """A turn that writes down where it was."""

    def __init__(self) -> None:
        self.was: list[str] = []

    def give_back(self) -> None:
        self.was.append("given back")

    def take_again(self) -> None:
        self.was.append("taken again")

    def at_the_database(self) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Noted:
    noted = Noted()
    connection = SimpleNamespace(in_atomic_block=False, close=lambda: noted.was.append("connection closed"))
    monkeypatch.setattr(turn, "connection", connection)
    return noted


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("name", CALLS)
def test_who_waits_for_a_server_of_somebody_else_gives_back_what_it_holds(held: Noted, name: str) -> None:
    asked, over = Event(), Event()

    def hang(connection: socket.socket) -> None:
        asked.set()
        over.wait(HANGS)
        answer(key_set())(connection)

    def call(url: str) -> None:
        turn.hold(held)
        with suppress(FetchFailed):
            CALLS[name](url)

    with serving(hang) as server, ThreadPoolExecutor(1) as pool:
        calling = pool.submit(call, server.url())
        assert asked.wait(HANGS)
        assert held.was == ["connection closed", "given back"]
        over.set()
        calling.result(HANGS)
    assert held.was == ["connection closed", "given back", "taken again"]


def test_who_waits_for_a_name_to_be_looked_up_gives_it_back_too(held: Noted) -> None:
    seen: list[list[str]] = []

    def resolve(host: str, port: int) -> list[str]:
        seen.append(list(held.was))
        return ["1.1.1.1"]

    def call() -> str:
        turn.hold(held)
        return obstacle("https://client.example/", resolve=resolve)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(call).result(HANGS) == ""
    assert seen == [["connection closed", "given back"]]
    assert held.was == ["connection closed", "given back", "taken again"]


def test_in_a_transaction_nothing_is_given_back(held: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be torn apart."""
    monkeypatch.setattr(turn, "connection", SimpleNamespace(in_atomic_block=True))

    def call() -> None:
        turn.hold(held)
        with turn.given_back():
            pass

    with ThreadPoolExecutor(1) as pool:
        pool.submit(call).result(HANGS)
    assert held.was == []
