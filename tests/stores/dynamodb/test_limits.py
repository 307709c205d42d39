"""The service's limits, by data."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from accounts.ground import clock
from accounts.ground.dynamodb.client import client_of
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.items import micros
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import MOST_TOGETHER, State
from accounts.ground.dynamodb.unit import Place
from tests.stores import samples
from tests.stores.dynamodb.faults import Wire, wired
from tests.stores.samples import CLIENT, END, NOW
from tests.support.dynamodb import own_tables
from tokens.conf import conf
from tokens.protocol import journal
from tokens.stores.base import Store
from tokens.stores.base.whose import Whose
from tokens.stores.dynamodb.participants import Participant
from tokens.stores.dynamodb.rechecks import MOST_SEEN, Rechecks
from tokens.stores.dynamodb.records import ending, item_of
from tokens.stores.dynamodb.store import store_of

__all__ = ["own_tables"]

TABLE = "long_lived_authorizations"
THREADS = 8


@dataclass(frozen=True, slots=True)
class Held:
    store: Store
    state: State
    wire: Wire


@pytest.fixture
def held(own_tables: DynamoDB) -> Iterator[Held]:
    client = client_of(own_tables, THREADS)
    with wired(client, lambda _: None) as wire:
        state = State(Service(client), own_tables.prefix, conf().region, clock.now)
        yield Held(store_of(state), state, wire)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [25, 26, 51])
def test_a_unit_adds_more_than_a_batch_holds(held: Held, count: int) -> None:
    tokens = [samples.access_token() for _ in range(count)]

    def work() -> None:
        for token in tokens:
            held.store.access_tokens.add(token)

    held.store.in_unit(work)
    assert held.wire.asked == ["BatchWriteItem"] * -(-count // 25)
    assert all(held.store.access_tokens.get(token.key, NOW) == token for token in tokens)


@pytest.mark.parametrize("count", [100, 101, 201])
def test_more_keys_are_asked_for_than_a_batch_holds(held: Held, count: int) -> None:
    keys = [journal.token(samples.handle()) for _ in range(count)]
    assert not held.store.journal.revoked(keys, NOW)
    assert held.wire.asked == ["BatchGetItem"] * -(-count // 100)
    held.store.journal.revoke(keys[-1], END)
    assert held.store.journal.revoked(keys, NOW)


def test_a_query_goes_on_after_its_page_of_a_megabyte(held: Held) -> None:
    pk = samples.handle()
    for number in range(7):
        held.state.add((TABLE, pk, str(number)), {"filling": "x" * 390_000, **ending(END)})
    held.wire.clear()
    assert [item["sk"] for item in held.state.of(TABLE, pk)] == list("0123456")
    assert len(held.wire.asked) >= 3


def test_a_unit_that_decides_more_often_than_a_transaction_holds_writes_nothing(held: Held) -> None:
    places: list[Place] = [(TABLE, samples.handle(), "x") for _ in range(MOST_TOGETHER + 1)]

    def decide(number: int) -> None:
        for place in places[:number]:
            held.state.decide(place, [("pk", "absent", None)], {"a": 1})

    with pytest.raises(RuntimeError, match="a transaction holds 100"):
        held.store.in_unit(lambda: decide(MOST_TOGETHER + 1))
    assert held.state.several(places) == {}
    held.store.in_unit(lambda: decide(MOST_TOGETHER))
    assert len(held.state.several(places)) == MOST_TOGETHER


@pytest.mark.django_db
def test_a_session_has_300_participants(held: Held) -> None:
    given = [samples.authorization(sid="0.busy", client_id=f"client-{number % 3}") for number in range(300)]
    for each in given:
        held.store.authorizations.add(each)
    for name in ("client-0", "client-2"):
        held.store.clients.add(samples.client(client_id=name))
    found = held.store.authorizations.clients_of("0.busy", 9)
    assert [each.client_id for each in found] == ["client-0", "client-2"]


def test_an_end_that_saw_10000_participants_a_moment_old_is_looked_at_once_more(held: Held) -> None:
    """More than an item of 400 KB names. Whom it names are the last."""
    given = [
        Participant(
            authorization_id=f"0.{number:043}",
            client_id=CLIENT,
            subject="alice",
            sid="0.busy",
            root_at=micros(NOW),
            added=micros(NOW) + number,
        )
        for number in range(10_000)
    ]
    looks = Rechecks(held.state)
    held.state.add_all(looks.made("0.busy", "alice", NOW, NOW, given))
    [look] = looks.due(NOW + timedelta(seconds=1))
    assert [each for each in given if not look.is_late(each)] == given[-MOST_SEEN:]


def test_a_person_allowed_1000_clients(held: Held) -> None:
    person = samples.subject()
    consents = [samples.consent(subject=person, client_id=f"client-{number}") for number in range(1000)]
    place = held.store.consents._place  # type: ignore[attr-defined]  # this store's

    def work() -> None:
        for each in consents:
            held.state.add(place(person, each.client_id), item_of(each, ends=each.expires, id=each.id))

    held.store.in_unit(work)
    in_order = sorted(consents, key=lambda each: each.id)
    assert held.store.consents.find(Whose(subject=person), 700) == in_order[:700]
    assert held.store.consents.find(Whose(subject=person), 700, after=in_order[699].id) == in_order[700:]
    assert held.store.consents.get(person, "client-500", NOW) == consents[500]
    in_order = sorted(consents, key=lambda each: each.client_id)
    held.store.journal.revoke(journal.consent(in_order[700].id), END)
    assert held.store.consents.allowed(person, NOW, 700) == in_order[:700]
    assert held.store.consents.allowed(person, NOW, 25, after=in_order[699].client_id) == in_order[701:726]


def test_no_call_waits_for_a_handshake_but_the_first_of_each_thread(held: Held) -> None:
    code = samples.code()
    held.store.access_tokens.add(token := samples.access_token())

    def look(_: int) -> None:
        for _ in range(20):
            assert held.store.access_tokens.get(token.key, NOW) == token
            assert held.store.codes.get(code.key, CLIENT) is None

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(look, range(THREADS)))
    assert connections_of(held.wire.client) <= THREADS


def connections_of(client: Any) -> int:
    """How many were made in all."""
    pools = client._endpoint.http_session._manager.pools
    made = [pools[key].num_connections for key in pools.keys()]  # noqa: SIM118 it is no mapping
    return sum(made)
