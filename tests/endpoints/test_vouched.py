"""A back node that starts, and goes on, while its database is away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client

from accounts.ground import clock
from accounts.ground.unavailable import Unavailable
from idp.fit import judge, made, state, table, vouched
from idp.node import health
from idp.node.readiness import ask, needed, wanted
from idp.settings import deployment
from tests.support.fixtures import database_away
from tokens import checks, keys, stores
from tokens.conf import conf
from tokens.protocol.records import SigningKey
from tokens.stores.base import Store
from tokens.stores.memory import memory_store

Away = Callable[[bool], None]


@dataclass
class Known:
    """What a store elsewhere remembers of nodes that fitted."""

    until: dict[str, datetime] = field(default_factory=dict)

    def note(self, digest: str, expires: datetime) -> None:
        self.until[digest] = expires

    def are_known(self, digest: str, now: datetime) -> bool:
        return self.until.get(digest, now) > now


class Silent:
    """A store that does not answer either."""

    def note(self, digest: str, expires: datetime) -> None:
        raise Unavailable(vouched.BELIEVED)

    def are_known(self, digest: str, now: datetime) -> bool:
        raise Unavailable(vouched.BELIEVED)


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, pairs: list[SigningKey]) -> Callable[[Store], None]:
    """Makes this process a back node on that store, which has not looked at its database yet."""

    def used(store: Store) -> None:
        monkeypatch.setattr(stores, "_of_path", lambda path: store)
        for pair in pairs:
            store.keys.add(pair)
        keys._made.cache_clear()

    monkeypatch.setattr(vouched, "deployment", replace(deployment, role="back"))
    monkeypatch.setattr(vouched, "_due", float("-inf"))
    monkeypatch.setattr(state.state, "watched", True)
    monkeypatch.setattr(state.state, "faults", state.NOT_YET)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    return used


@pytest.fixture
def back(use: Callable[[Store], None], known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    use(replace(memory_store(), fits=known))
    checked = {name: partial(ask, check) for name, check in needed().items()}
    monkeypatch.setattr(health, "_needed", checked)
    monkeypatch.setattr(health, "_wanted", {name: partial(ask, check) for name, check in wanted().items()})


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    """Takes the database away from who asks whether it fits, and brings it back."""
    read = table.read

    def gone() -> Mapping[str, judge.Fact]:
        raise OperationalError

    return lambda is_away: monkeypatch.setattr(table, "read", gone if is_away else read)


def answer(client: Client) -> int:
    return client.get("/oauth2/jwks").status_code


@pytest.mark.usefixtures("db", "back")
def test_it_starts_where_one_of_its_settings_fitted_lately(client: Client, away: Away, known: Known) -> None:
    away(True)
    state._look_once()
    assert answer(client) == 503
    away(False)
    state._look_once()
    assert (answer(client), len(known.until)) == (200, 1)

    state.state.begin()
    assert answer(client) == 503
    away(True)
    state._look_once()
    assert answer(client) == 200


@pytest.mark.usefixtures("db", "back")
@pytest.mark.parametrize(
    "change",
    [
        lambda settings: setattr(settings, "ISSUER", "https://other.example"),
        lambda settings: setattr(settings, "PAIRWISE_SALT", {"1": b"n" * 32}),
        lambda settings: setattr(settings, "PEPPERS", {"9": b"n" * 32}),
        lambda settings: setattr(settings, "TOKENS", replace(conf(), region="elsewhere")),
    ],
    ids=["issuer", "salt", "pepper", "region"],
)
def test_one_of_other_settings_waits_for_the_database(
    client: Client, settings: Any, away: Away, change: Callable[[Any], None]
) -> None:
    state._look_once()
    state.state.begin()
    change(settings)
    away(True)
    state._look_once()
    assert state.state.faults == state.NOT_YET
    assert answer(client) == 503


@pytest.mark.usefixtures("db", "back")
def test_one_of_another_build_waits_too(client: Client, away: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    state._look_once()
    state.state.begin()
    monkeypatch.setattr(made, "digests", lambda: {"migration:tokens.0002_next": "x"})
    away(True)
    state._look_once()
    assert answer(client) == 503


@pytest.mark.usefixtures("db", "back")
def test_after_a_day_nobody_believes_it(
    client: Client, away: Away, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    state._look_once()
    state.state.begin()
    monkeypatch.setattr(known, "until", dict.fromkeys(known.until, clock.now()))
    away(True)
    state._look_once()
    assert answer(client) == 503


@pytest.mark.usefixtures("db", "back")
def test_what_the_database_says_counts_as_soon_as_it_is_back(client: Client, settings: Any, away: Away) -> None:
    state._look_once()
    away(True)
    state._look_once()
    assert answer(client) == 200
    settings.PAIRWISE_SALT = {"1": b"n" * 32}
    away(False)
    state._look_once()
    assert answer(client) == 503


@pytest.mark.usefixtures("db")
def test_a_store_that_does_not_answer_vouches_for_nobody_and_stops_nobody(
    client: Client, away: Away, use: Callable[[Store], None]
) -> None:
    use(replace(memory_store(), fits=Silent()))
    away(True)
    state._look_once()
    assert answer(client) == 503
    away(False)
    state._look_once()
    assert answer(client) == 200


@pytest.mark.usefixtures("db", "back")
def test_another_role_waits_for_its_database(client: Client, away: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    state._look_once()
    state.state.begin()
    monkeypatch.setattr(vouched, "deployment", replace(deployment, role="all"))
    away(True)
    state._look_once()
    assert answer(client) == 503


@pytest.mark.server("a database that can be away")
@pytest.mark.usefixtures("db", "back")
@pytest.mark.parametrize("pooled", [False, True], ids=["no pool", "pool"])
def test_it_is_ready_without_the_database_and_says_what_is_missing(client: Client, pooled: bool) -> None:
    state._look_once()
    assert client.get("/readyz").json() == {"status": "ok"}
    with database_away(pooled=pooled):
        ready = client.get("/readyz")
    told = {"status": "ok", "warnings": {"database": "the database does not answer"}}
    assert (ready.status_code, ready.json()) == (200, told)


@pytest.mark.usefixtures("db")
def test_it_is_unready_without_its_store_and_asks_nothing_else(
    client: Client, use: Callable[[Store], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> str | None:
        raise Unavailable(vouched.BELIEVED)

    use(replace(memory_store(), checks={"store": gone, "store's clock": gone}))
    monkeypatch.setattr(health, "_needed", {name: partial(ask, check) for name, check in needed().items()})
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["failed"]) == (503, {"store": "the store does not answer"})


def test_a_store_in_the_database_needs_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vouched, "deployment", replace(deployment, role="back"))
    monkeypatch.setattr(checks, "store", lambda: replace(memory_store(), needs_database=True))
    assert {"database", "limits", "clock", "settings", "migrations"} <= needed().keys()
    assert "database" not in wanted()
