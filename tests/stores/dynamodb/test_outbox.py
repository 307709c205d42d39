"""Logout notices: what a process that dies leaves, what lost units write once, and how often the service is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from accounts.ground import clock
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from tests.stores import rows, samples
from tests.stores.contention import race
from tests.stores.dynamodb.doubles import Killed, Mortal, Told
from tests.stores.samples import CLIENT, END, NOW
from tests.stores.suite.outbox import AT_ONCE, LONG, OTHER, claimed, owe, owed, wanting
from tests.support.dynamodb import client, own_tables
from tokens.protocol import journal
from tokens.protocol.records import Authorization
from tokens.stores.base import Store
from tokens.stores.dynamodb import notices, rechecks
from tokens.stores.dynamodb import owed as registry
from tokens.stores.dynamodb.ranges import between
from tokens.stores.dynamodb.store import store_of

__all__ = ["own_tables"]

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
ENDS = ("queue_session", "queue_subject")


@dataclass(slots=True)
class Clock:
    """This machine's, and how far it is ahead of that."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return clock.now() + self.ahead


@pytest.fixture
def service() -> Mortal:
    return Mortal(client())


@pytest.fixture
def later() -> Clock:
    return Clock()


@pytest.fixture
def state(own_tables: DynamoDB, service: Mortal, later: Clock) -> State:
    return State(Service(service), own_tables.prefix, "0", later.now)


@pytest.fixture
def store(state: State) -> Store:
    return store_of(state)


def end(store: Store, given: Authorization, ends: str, recheck_after: timedelta = AT_ONCE) -> None:
    """As a session ends, or all of a person."""
    if ends == "queue_session":
        store.journal.revoke(journal.session(str(given.sid)), samples.FAR)
        store.outbox.queue_session(str(given.sid), given.subject, recheck_after)
    else:
        store.outbox.queue_subject(given.subject, recheck_after)
        store.journal.revoke_until_now(journal.subject(given.subject), samples.FAR)


@pytest.fixture
def given(store: Store) -> Authorization:
    rows.add_client_to(store, wanting())
    store.authorizations.add(given := samples.authorization())
    return given


@pytest.mark.parametrize("ends", ENDS)
def test_a_unit_that_lost_queues_its_notices_once(store: Store, given: Authorization, ends: str) -> None:
    store.codes.add(code := samples.code())
    tries: list[int] = []

    def work() -> object:
        tries.append(1)
        end(store, given, ends)
        spent = store.codes.consume(code.key, CLIENT, NOW)
        if len(tries) == 1:
            race(lambda _: store.codes.consume(code.key, CLIENT, NOW), 1)
        return spent

    assert store.in_unit(work) is None
    assert tries == [1, 1]
    assert len(owed(store)) == 1
    assert store.outbox.queue_late(10) == 1
    assert owed(store) == []


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("in_unit", [True, False])
def test_a_crash_while_a_session_ends_loses_no_notice(
    store: Store, service: Mortal, given: Authorization, ends: str, in_unit: bool
) -> None:
    """Whoever ends it once more has it told, however far it came before."""

    def work() -> None:
        end(store, given, ends)

    for lives in range(3):
        service.lives = lives
        try:
            store.in_unit(work) if in_unit else work()
        except Killed:
            service.lives = -1
            store.in_unit(work) if in_unit else work()
        service.lives = -1
        assert (CLIENT, given.subject, given.sid if ends == "queue_session" else None) in owed(store)
        store.authorizations.add(given := samples.authorization())


@pytest.mark.parametrize("lives", range(4))
def test_who_looks_for_late_ones_after_a_crash_finds_what_was_written(
    store: Store, service: Mortal, later: Clock, given: Authorization, lives: int
) -> None:
    """It takes the recheck, notes the client as owed, writes the notice, and deletes the recheck."""
    late = samples.authorization()
    store.outbox.queue_session(str(late.sid), late.subject, AT_ONCE)
    store.authorizations.add(late)
    service.lives = lives
    with pytest.raises(Killed):
        store.outbox.queue_late(10)
    service.lives = -1
    # Nobody else takes it meanwhile, unless it was not taken.
    assert store.outbox.queue_late(10) == (lives == 0)
    told = owed(store)
    later.ahead = rechecks.LEASE
    assert store.outbox.queue_late(10) == (lives > 0)
    assert [*told, *owed(store)] == [(CLIENT, late.subject, late.sid)]
    assert store.outbox.queue_late(10) == 0


def test_who_was_seen_at_the_end_is_not_told_again_and_who_came_then_is(store: Store, given: Authorization) -> None:
    store.outbox.queue_session(str(given.sid), given.subject, AT_ONCE)
    assert owed(store) == [(CLIENT, given.subject, given.sid)]
    assert store.outbox.queue_late(10) == 1
    assert owed(store) == []
    store.outbox.queue_session(str(given.sid), given.subject, AT_ONCE)
    store.authorizations.add(samples.authorization(subject=given.subject, sid=given.sid))
    assert len(owed(store)) == 1
    assert store.outbox.queue_late(10) == 1
    assert owed(store) == [(CLIENT, given.subject, given.sid)]


def leads(state: State) -> list[object]:
    return [item["sk"] for item in between(state, notices.TABLE, f"due:{CLIENT}", "0", "~")]


def test_a_lead_whose_notice_may_still_be_written_stays_and_goes_an_hour_later(
    store: Store, state: State, later: Clock, given: Authorization
) -> None:
    """A batch is written in any order."""
    now = later.now()
    made = notices.made((CLIENT, given.subject, None), now, now, "token")
    notice, lead = made.items()
    state.add(*lead)
    assert store.outbox.claim(CLIENT, LONG) is None
    assert len(leads(state)) == 1
    state.add(*notice)
    assert claimed(store).subject == given.subject
    late = notices.made((CLIENT, given.subject, None), now, now, "another")
    state.add(*list(late.items())[1])
    later.ahead = notices.WRITTEN
    assert store.outbox.claim(CLIENT, LONG) is not None
    assert store.outbox.claim(CLIENT, LONG) is None
    assert len(leads(state)) == 1


def test_a_batch_that_is_sent_again_after_a_claim_loses_no_notice(
    store: Store, state: State, later: Clock, given: Authorization
) -> None:
    now = later.now()
    notice, lead = notices.made((CLIENT, given.subject, None), now, now, "token").items()
    for batch in ([notice, lead], [lead, notice]):
        state.add_all(dict(batch))
        first = claimed(store)
        state.add(*batch[0])
        claimed_meanwhile = store.outbox.claim(CLIENT, LONG)
        state.add(*batch[1])
        assert not store.outbox.close(first, "answered 200", END, delivered=True) or claimed_meanwhile is None
        later.ahead += LONG
        again = claimed(store)
        assert store.outbox.close(again, "answered 200", END, delivered=True)
        later.ahead += LONG
        assert store.outbox.claim(CLIENT, LONG) is None
        assert leads(state) == []


def test_a_client_is_noted_as_owed_seldom_and_forgotten_after_an_hour_without_a_notice(
    store: Store, state: State, service: Mortal, later: Clock, given: Authorization
) -> None:
    def noted() -> bool:
        return bool(state.of(notices.TABLE, registry.OWED))

    owe(store)
    since = state.of(notices.TABLE, registry.OWED)
    later.ahead = registry.FRESH / 2
    owe(store)
    assert state.of(notices.TABLE, registry.OWED) == since
    later.ahead = 2 * registry.FRESH
    owe(store)
    assert state.of(notices.TABLE, registry.OWED) != since
    held = [claimed(store) for _ in range(3)]
    later.ahead += registry.STAYS
    assert store.outbox.clients_owed(10) == [CLIENT]
    for each in held:
        assert store.outbox.close(each, "answered 400", END, delivered=False)
    assert noted()
    assert store.outbox.clients_owed(10) == []
    assert not noted()
    assert store.outbox.reopen(held[0].id)
    assert store.outbox.clients_owed(10) == [CLIENT]
    assert store.outbox.close(claimed(store), "answered 200", END, delivered=True)
    assert store.outbox.clients_owed(10) == []
    assert noted()


def asked(service: Told, call: Callable[[], object]) -> list[str]:
    service.calls.clear()
    call()
    return service.calls


def test_how_often_the_service_is_asked(store: Store, service: Mortal, given: Authorization) -> None:
    """However many notices there are, up to what a batch holds."""
    for client_id in (OTHER, "third"):
        rows.add_client_to(store, wanting(client_id))
        store.authorizations.add(samples.authorization(client_id=client_id, subject=given.subject, sid=given.sid))
    ending = asked(service, lambda: store.outbox.queue_session(str(given.sid), given.subject, LONG))
    # Who took part, the journal, who is noted as owed; notices, leads, the recheck.
    assert ending == ["query", "batch_get_item", "batch_get_item", "batch_write_item"]
    nobody = asked(service, lambda: store.outbox.queue_session(samples.handle(), given.subject, LONG))
    assert nobody == ["query", "put_item"]
    assert asked(service, lambda: store.outbox.clients_owed(10)) == ["query"] * 4
    assert asked(service, lambda: store.outbox.claim(CLIENT, LONG)) == ["query", "get_item", "transact_write_items"]
    mine = claimed(store, OTHER)
    postponed = asked(service, lambda: store.outbox.postpone(mine, "answered 500", LONG))
    assert postponed == ["get_item", "transact_write_items"]
    assert asked(service, lambda: store.outbox.queue_late(10)) == ["query"] * rechecks.SHARDS
