"""A refused assertion takes as long whoever it names: a client whose server is slow is not told from one that is not
there. The clock is the test's."""

from collections.abc import Callable
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
from tokens.fetch import FetchFailed
from tokens.registration import client_keys

SLOWEST = 4.0


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

    def fetch(url: str) -> dict[str, Any]:
        clock.pass_by(float(url.rpartition("/")[2]))
        if "away" in url:
            raise FetchFailed("no answer")
        return key_set()

    monkeypatch.setattr(client_keys, "time", SimpleNamespace(monotonic=clock.monotonic, sleep=clock.pass_by))
    monkeypatch.setattr(client_keys, "fetch_json", fetch)
    client_keys._kept.clear()
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


@pytest.fixture
def asked_before(clock: Clock, anybody: Client, alice: User) -> None:
    """The slowest server has been asked by this process, for a client that signs in as it should."""
    slow = register(jwks=None, jwks_uri=f"https://slowest.example/{SLOWEST}")
    assert exchange(anybody, slow, alice).status_code == 200


@pytest.mark.covers("S50 unknown")
@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
@pytest.mark.parametrize("kid", [pair()["kid"], "another"])
@pytest.mark.usefixtures("asked_before")
def test_a_refusal_takes_as_long_as_the_slowest_server_whoever_is_named(
    clock: Clock, anybody: Client, alice: User, named: Callable[[], Registered], kid: str
) -> None:
    client = named()
    forger = jwk.JWK.generate(kty="EC", crv="P-256", kid=kid)
    for _ in range(3):
        before, forged = clock.now, sign(claims_of(client.client_id), forger)
        assert exchange(anybody, client, alice, forged).json() == NOT_AUTHENTICATED
        assert clock.now - before == pytest.approx(SLOWEST)


def test_who_is_right_waits_for_nobody_else(clock: Clock, anybody: Client, alice: User, asked_before: None) -> None:
    before = clock.now
    assert exchange(anybody, register(), alice).status_code == 200
    assert clock.now == before
    quick = register(jwks=None, jwks_uri="https://rp.example/0.25")
    assert exchange(anybody, quick, alice).status_code == 200
    assert clock.now - before == pytest.approx(0.25)


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
@pytest.mark.usefixtures("asked_before")
def test_where_nobody_can_wait_all_are_told_to_come_back(
    clock: Clock, anybody: Client, alice: User, named: Callable[[], Registered]
) -> None:
    client = named()
    forged = sign(claims_of(client.client_id), pair(kid="unknown"))
    taken = [client_keys._waiting.acquire(blocking=False) for _ in range(client_keys.MAX_WAITING)]
    try:
        answer = exchange(anybody, client, alice, forged)
    finally:
        for _ in taken:
            client_keys._waiting.release()
    assert all(taken)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
