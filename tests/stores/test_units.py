"""Units of a store without transactions: what a crash between two of its writes leaves, and who loses to whom."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.ground.unavailable import Unavailable
from tests.stores import calls, samples
from tests.stores.contention import race
from tests.stores.rows import add_client_to
from tests.stores.samples import CLIENT, END, NOW
from tests.stores.verbs import UNITS, verbs
from tokens.protocol import journal
from tokens.protocol.records import AuthorizationCode, ClientSecret, RunLease
from tokens.stores.base import Store
from tokens.stores.base.sweeping import Span
from tokens.stores.memory import store_of
from tokens.stores.memory.state import State
from tokens.stores.memory.unit import Unit
from tokens.stores.memory.units import ATTEMPTS, Units

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Killed(Exception):
    """The process ended between two writes."""


class MortalUnits(Units):
    """Ends after `lives` more writes; -1: never. `writes` tells what was written."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.lives = -1
        self.writes: list[str] = []

    def _write(self, write: Callable[[], None]) -> None:
        self._live("add")
        super()._write(write)

    def _decide(self, unit: Unit) -> bool:
        self._live("decide")
        return super()._decide(unit)

    def _live(self, what: str) -> None:
        if self.lives == 0:
            raise Killed
        self.lives -= 1
        self.writes.append(what)


@pytest.fixture
def state() -> State:
    return State(lambda: datetime.now(UTC))


@pytest.fixture
def units(state: State) -> MortalUnits:
    return MortalUnits(state)


@pytest.fixture
def store(state: State, units: MortalUnits) -> Store:
    return replace(store_of(state), units=units)


def exchange(store: Store, code: AuthorizationCode, first: str) -> AuthorizationCode | None:
    """As the token endpoint does it; `first`: the key of the family's first token."""

    def work() -> AuthorizationCode | None:
        spent = store.codes.consume(code.key, CLIENT, NOW)
        if spent is not None:
            token = samples.refresh_token(key=first, authorization_id=spent.authorization.id)
            assert store.authorizations.add(spent.authorization, token)
            store.access_tokens.add(samples.access_token())
        return spent

    return store.in_unit(work)


@pytest.mark.covers("S19 crash", "KC #22448 crash", "own findings crash")
def test_a_crash_between_any_two_writes_leaves_a_code_that_works_once(store: Store, units: MortalUnits) -> None:
    for lives in range(4):
        code, units.lives = samples.code(), lives
        store.codes.add(code)
        with pytest.raises(Killed):
            exchange(store, code, samples.key())
        assert store.codes.get(code.key, CLIENT) == code
        units.lives = -1
        assert exchange(store, code, samples.key()) == replace(code, spent_at=NOW)
        assert exchange(store, code, samples.key()) is None
        assert store.authorizations.get(code.authorization.id, NOW) == code.authorization


def test_what_decides_is_written_last_and_nothing_follows_it(store: Store, units: MortalUnits) -> None:
    store.codes.add(code := samples.code())
    exchange(store, code, samples.key())
    assert units.writes == ["add", "add", "add", "decide"]


def test_a_successor_that_a_crash_left_stays_as_it_is(store: Store, units: MortalUnits) -> None:
    """It is derived from its predecessor: who rotates again makes the same."""
    token = samples.refresh_token()
    successor = samples.refresh_token(authorization_id=token.authorization_id, generation=1)
    store.refresh_tokens.add(token)

    def rotate() -> object:
        spent = store.refresh_tokens.consume(token.key, CLIENT, NOW)
        store.refresh_tokens.add(successor)
        return spent

    units.lives = 1
    with pytest.raises(Killed):
        store.in_unit(rotate)
    units.lives = -1
    assert store.refresh_tokens.consume(successor.key, CLIENT, NOW) is not None
    assert store.in_unit(rotate) == replace(token, spent_at=NOW)
    assert store.refresh_tokens.get(successor.key, CLIENT) == replace(successor, spent_at=NOW)


def test_the_family_of_the_answer_that_left_is_the_one_that_is_kept(store: Store, units: MortalUnits) -> None:
    """What a try left that crashed was told to nobody, and the next may be another: the client showed another key."""
    store.codes.add(code := samples.code())
    tries = iter(("crashed", "answered"))

    def work() -> bool:
        spent = store.codes.consume(code.key, CLIENT, NOW)
        return spent is not None and store.authorizations.add(replace(spent.authorization, family=next(tries)))

    units.lives = 1
    with pytest.raises(Killed):
        store.in_unit(work)
    units.lives = -1
    assert store.in_unit(work)
    assert store.authorizations.get(code.authorization.id, NOW) == replace(code.authorization, family="answered")


def test_nobody_sees_what_a_unit_wrote_before_its_end(store: Store) -> None:
    store.codes.add(code := samples.code())

    def look(_: int) -> tuple[object, object]:
        return store.codes.get(code.key, CLIENT), store.authorizations.get(code.authorization.id, NOW)

    def work() -> object:
        store.codes.consume(code.key, CLIENT, NOW)
        store.authorizations.add(code.authorization)
        return race(look, 1)

    assert store.in_unit(work) == [(code, None)]
    assert look(0) == (replace(code, spent_at=NOW), code.authorization)


WRITTEN_AT_ONCE = {
    *(f"clients.{verb}" for verb in ("add", "change", "delete")),
    *(f"clients.{verb}" for verb in ("note_secret_use", "note_protection", "note_logout")),
    *(f"clients.{verb}" for verb in ("add_secret", "expire_secret", "delete_secret")),
    *(f"resources.{verb}" for verb in ("add", "change", "delete")),
    *(f"outbox.{verb}" for verb in ("queue_late", "claim", "close", "postpone", "reopen")),
    *("runs.claim", "runs.finish", "sweeping.delete_expired", "sweeping.sweep_orphans"),
}
OTHERS: dict[str, Callable[[Store], object]] = {
    "clients.add_secret": lambda store: store.clients.add_secret(CLIENT, ClientSecret("3", "c" * 64, None), "2"),
    "resources.change": lambda store: store.resources.change(calls.orders, [CLIENT], NOW),
    "runs.claim": lambda store: store.runs.claim("another", HOUR, MINUTE, HOUR, "a node"),
    "sweeping.delete_expired": lambda store: calls.sweeping(store).delete_expired("authorization_code", -HOUR, 10),
    "sweeping.sweep_orphans": lambda store: calls.sweeping(store).sweep_orphans(
        "refresh_token", Span(limit=10), -HOUR, lambda subjects: subjects
    ),
}


def test_every_verb_is_called_within_a_unit() -> None:
    assert set(calls.CALLS | OTHERS) == verbs() - UNITS
    assert set(calls.CALLS | OTHERS) >= WRITTEN_AT_ONCE


@pytest.mark.parametrize("verb", sorted(calls.CALLS | OTHERS))
def test_a_verb_within_a_unit_writes_nothing_before_its_end_or_is_refused(
    store: Store, state: State, verb: str
) -> None:
    calls.fill(store)
    before = tables(state)

    def work() -> None:
        (calls.CALLS | OTHERS)[verb](store)
        assert tables(state) == before
        raise Killed

    with pytest.raises(RuntimeError if verb in WRITTEN_AT_ONCE else Killed):
        store.in_unit(work)
    assert tables(state) == before


def tables(state: State) -> dict[str, object]:
    """All that is written, as it is now."""
    return {name: copy(held) for name, held in vars(state).items() if isinstance(held, dict | list)}


@pytest.mark.parametrize("ends", ["queue_session", "queue_subject"])
def test_a_unit_that_lost_queues_its_notices_once(store: Store, state: State, ends: str) -> None:
    code, given = samples.code(), samples.authorization()
    store.codes.add(code)
    add_client_to(store, samples.client(resources=()))
    store.authorizations.add(given)
    tries: list[int] = []

    def work() -> object:
        tries.append(len(state.deliveries))
        if ends == "queue_session":
            store.outbox.queue_session(str(given.sid), given.subject, HOUR)
        else:
            store.outbox.queue_subject(given.subject, HOUR)
        # Written before what decides: the second try finds the sign-in void, and would queue nothing.
        store.journal.revoke_until_now(journal.subject(given.subject), END)
        spent = store.codes.consume(code.key, CLIENT, NOW)
        if len(tries) == 1:
            race(lambda _: store.codes.consume(code.key, CLIENT, NOW), 1)
        return spent and store.client_assertions.use(CLIENT, "jti", END)

    store.in_unit(work)
    assert tries == [0, 1]
    assert (len(state.deliveries), len(state.rechecks)) == (1, 1)


@pytest.mark.covers("S19 concurrency")
def test_who_loses_to_another_begins_again_and_sees_it(store: Store) -> None:
    store.codes.add(code := samples.code())
    answers: list[AuthorizationCode | None] = []

    def work() -> None:
        answers.append(store.codes.consume(code.key, CLIENT, NOW))
        if len(answers) == 1:
            race(lambda _: answers.append(exchange(store, code, samples.key())), 1)

    store.in_unit(work)
    spent = replace(code, spent_at=NOW)
    assert answers == [spent, spent, None]


def test_a_step_of_a_run_that_another_claimed_meanwhile_is_not_written(store: Store, state: State) -> None:
    stale = store.runs.claim("task", HOUR, -MINUTE, HOUR, "a node")
    assert stale is not None
    claimed: list[RunLease | None] = []

    def step() -> bool:
        held = store.runs.hold(stale, MINUTE)
        added = held and store.keys.add(samples.signing_key())
        if not claimed:
            # As if it had run out meanwhile.
            state.leases["task"] = replace(state.leases["task"], until=datetime.now(UTC) - MINUTE)
            race(lambda _: claimed.append(store.runs.claim("task", HOUR, MINUTE, HOUR, "another")), 1)
        return added

    assert not store.in_unit(step)
    assert claimed == [RunLease("task", 2)]
    assert store.keys.all() == []


def test_who_loses_all_the_time_is_told_to_come_back(store: Store) -> None:
    attempts: list[bool] = []

    def work() -> None:
        attempts.append(store.keys.add(samples.signing_key(state="retired")))
        race(lambda _: store.keys.add(samples.signing_key(state="retired")), 1)

    with pytest.raises(Unavailable) as unavailable:
        store.in_unit(work)
    assert attempts == [True] * ATTEMPTS
    assert unavailable.value.retry_after == timedelta(seconds=1)
