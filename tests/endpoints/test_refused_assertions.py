"""A refused assertion takes as long whoever it names: a client whose server is slow is not told from one that is not
there, and be it the first that this process asks. The clock is the test's."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from jwcrypto import jwk

from accounts.models import User
from tests.endpoints.signers import NOT_AUTHENTICATED, exchange, register
from tests.support import builders
from tests.support.assertions import claims_of, key_set, pair, sign
from tests.support.messages import Registered
from tokens import fetch
from tokens.fetch import FetchFailed
from tokens.registration import client_keys

REFUSED_AFTER = client_keys.REFUSED_AFTER
SLOWEST = fetch.MAX_SECONDS


@dataclass
class Clock:
    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time passes only while a client's server is asked, and while we wait."""
    clock = Clock()

    def answer(url: str, client: str) -> dict[str, Any]:
        clock.pass_by(float(url.rpartition("/")[2]))
        if "away" in url:
            raise FetchFailed("no answer")
        return key_set()

    monkeypatch.setattr(client_keys, "time", SimpleNamespace(monotonic=clock.monotonic, sleep=clock.pass_by))
    monkeypatch.setattr(client_keys, "fetch_json", answer)
    monkeypatch.setattr(client_keys, "REFUSED_AFTER", REFUSED_AFTER)
    return clock


def _remote(url: str) -> Callable[[], Registered]:
    return lambda: register(jwks=None, jwks_uri=url)


def _disabled() -> Registered:
    registered = register()
    builders.change_clients(registered.client_id, enabled=False)
    return registered


NAMED: dict[str, Callable[[], Registered]] = {
    "nobody": lambda: Registered("0.nobody"),
    "disabled": _disabled,
    "with a secret": lambda: builders.register("web"),
    "with keys by value": register,
    "with a quick server": _remote("https://rp.example/0.25"),
    "with a slow server": _remote(f"https://rp.example/{SLOWEST}"),
    "whose server is away": _remote("https://away.example/3"),
}


KIDS = [pair()["kid"], "another"]


def forged(client: Registered, kid: str) -> str:
    return sign(claims_of(client.client_id), jwk.JWK.generate(kty="EC", crv="P-256", kid=kid))


@pytest.mark.covers("S50 unknown")
@pytest.mark.parametrize("asked_before", [False, True], ids=["the first", "after the slowest"])
@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
@pytest.mark.parametrize("kid", KIDS)
def test_a_refusal_takes_as_long_whoever_is_named_and_whatever_this_process_asked_before(
    clock: Clock, anybody: Client, alice: User, named: Callable[[], Registered], kid: str, asked_before: bool
) -> None:
    if asked_before:
        slow = register(jwks=None, jwks_uri=f"https://slowest.example/{SLOWEST}")
        assert exchange(anybody, slow, alice).status_code == 200
    client = named()
    for _ in range(3):
        before = clock.now
        assert exchange(anybody, client, alice, forged(client, kid)).json() == NOT_AUTHENTICATED
        assert clock.now - before == pytest.approx(REFUSED_AFTER)


def test_a_refusal_comes_later_than_any_server_answers() -> None:
    assert REFUSED_AFTER == client_keys.PATIENCE > fetch.MAX_SECONDS


def test_who_is_right_waits_for_nobody_else(clock: Clock, anybody: Client, alice: User) -> None:
    before = clock.now
    assert exchange(anybody, register(), alice).status_code == 200
    assert clock.now == before
    quick = register(jwks=None, jwks_uri="https://rp.example/0.25")
    assert exchange(anybody, quick, alice).status_code == 200
    assert clock.now - before == pytest.approx(0.25)


@pytest.fixture(params=["all", "the client's"])
def full(request: pytest.FixtureRequest) -> Iterator[Callable[[str], None]]:
    """Takes the places in which requests wait: all of them, or a client's share."""
    places, taken = client_keys.waiting(), list[str]()

    def fill(client_id: str) -> None:
        others = [f"0.{each}" for each in range(places.most)] if request.param == "all" else []
        taken.extend(name for name in [client_id] * places.each + others if places.take(name))

    yield fill
    for name in taken:
        places.leave(name)


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
def test_where_nobody_can_wait_all_are_told_to_come_back_at_once(
    clock: Clock,
    anybody: Client,
    alice: User,
    named: Callable[[], Registered],
    full: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_keys, "_asking", SimpleNamespace(submit=lambda *_: Future()))
    client, before = named(), clock.now
    full(client.client_id)
    answer = exchange(anybody, client, alice, forged(client, "unknown"))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert clock.now == before
    elsewhere = exchange(anybody, register(), alice)
    assert elsewhere.status_code == 200


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
def test_a_request_that_was_given_a_place_has_it_until_it_is_refused(
    clock: Clock,
    anybody: Client,
    alice: User,
    named: Callable[[], Registered],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second one that it would have to look for would not be there for some."""
    client, places, before, seen = named(), client_keys.waiting(), clock.now, list[int]()

    def sleep(seconds: float) -> None:
        seen.append(places.taken(client.client_id))
        clock.pass_by(seconds)

    monkeypatch.setattr(client_keys, "time", SimpleNamespace(monotonic=clock.monotonic, sleep=sleep))
    assert exchange(anybody, client, alice, forged(client, "unknown")).status_code == 400
    assert clock.now - before == pytest.approx(REFUSED_AFTER)
    assert seen == [1]
    assert places.taken() == 0


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
def test_while_more_servers_are_to_be_asked_than_can_be_everybody_is_told_to_come_back(
    clock: Clock, anybody: Client, alice: User, named: Callable[[], Registered], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is right may just not have had its keys read."""
    client, before = named(), clock.now
    for each in range(client_keys.MAX_ASKED + 1):
        client_keys._kept[f"0.{each}", "https://rp.example/"] = client_keys._Kept(asking=Future())
    answer = exchange(anybody, client, alice, forged(client, "unknown"))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert clock.now - before == pytest.approx(REFUSED_AFTER)
