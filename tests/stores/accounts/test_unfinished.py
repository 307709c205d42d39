"""Sign-ins that are not finished: of one browser, of one person, and ended once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.handles import handles
from accounts.stores.base import Store
from accounts.stores.base.unfinished import (
    MOST_FOLLOWING,
    MOST_IDENTIFIER,
    MOST_METHOD,
    MOST_PROOFS,
    Proof,
    UnfinishedSignIn,
)
from accounts.stores.orm import orm_store
from tests.stores.contention import ROUNDS, THREADS, race

NOW = datetime(2030, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
END = NOW + timedelta(minutes=10)
INSTANT = timedelta(microseconds=1)
BROWSER, ANOTHER = "a" * 64, "A" * 64
ALICE, BOB = "b5a1d9f0-3c86-4b1e-9d2a-5f0e3a7c1d42", "b5a1d9f0-3c86-4b1e-9d2a-5f0e3a7c1d43"
PASSWORD, TOTP = Proof("password", NOW), Proof("totp", NOW + INSTANT)


def sign_in() -> UnfinishedSignIn:
    key = handles().key_of(handles().mint())
    assert key is not None
    return UnfinishedSignIn(
        key=key,
        browser=BROWSER,
        identifier=" Älice@example.org",
        following="/oauth2/authorize?interaction=0.x",
        remembered=True,
        created=NOW,
        expires=END,
    )


@pytest.fixture
def begun(store: Store) -> UnfinishedSignIn:
    store.unfinished.add(made := sign_in())
    return made


def test_it_is_of_its_browser_until_it_ends(store: Store, begun: UnfinishedSignIn) -> None:
    assert store.unfinished.get(begun.key, BROWSER, END - INSTANT) == begun
    assert store.unfinished.get(begun.key, BROWSER, END) is None
    assert store.unfinished.get(begun.key, ANOTHER, NOW) is None
    assert store.unfinished.get(begun.key[:-1], BROWSER, NOW) is None


def test_what_is_proven_is_there_with_whose_it_is(store: Store, begun: UnfinishedSignIn) -> None:
    for proof in (PASSWORD, TOTP, PASSWORD):
        assert store.unfinished.prove(begun.key, BROWSER, proof, ALICE, 3, NOW)
    proven = replace(begun, subject=ALICE, epoch=3, proofs=frozenset({PASSWORD, TOTP}))
    assert store.unfinished.get(begun.key, BROWSER, NOW) == proven


def test_of_one_sign_in_so_much_is_kept_and_no_more(store: Store, begun: UnfinishedSignIn) -> None:
    proofs = [Proof("password", NOW + number * INSTANT) for number in range(MOST_PROOFS + 1)]
    told = [store.unfinished.prove(begun.key, BROWSER, proof, ALICE, 3, NOW) for proof in proofs]
    assert told == [True] * MOST_PROOFS + [False]
    held = store.unfinished.get(begun.key, BROWSER, NOW)
    assert held is not None
    assert held.proofs == {*proofs[:-1]}
    assert store.unfinished.finish(begun.key, BROWSER, NOW)


@pytest.mark.parametrize("too_long", ["identifier", "following"])
def test_what_is_longer_than_a_store_has_to_hold_is_none(too_long: str) -> None:
    most = {"identifier": MOST_IDENTIFIER, "following": MOST_FOLLOWING}[too_long]
    replace(sign_in(), **{too_long: "x" * most})  # type: ignore[arg-type]  # both are texts
    with pytest.raises(ValueError, match="longer than it may be"):
        replace(sign_in(), **{too_long: "x" * (most + 1)})  # type: ignore[arg-type]  # both are texts
    Proof("x" * MOST_METHOD, NOW)
    with pytest.raises(ValueError, match="more than it may be"):
        Proof("x" * (MOST_METHOD + 1), NOW)


def test_nothing_is_proven_of_another_person_or_in_another_epoch(store: Store, begun: UnfinishedSignIn) -> None:
    assert store.unfinished.prove(begun.key, BROWSER, PASSWORD, ALICE, 3, NOW)
    assert not store.unfinished.prove(begun.key, BROWSER, TOTP, BOB, 3, NOW)
    assert not store.unfinished.prove(begun.key, BROWSER, TOTP, ALICE, 4, NOW)
    held = store.unfinished.get(begun.key, BROWSER, NOW)
    assert held is not None
    assert (held.subject, held.epoch, held.proofs) == (ALICE, 3, frozenset({PASSWORD}))


def test_nothing_is_proven_in_another_browser_or_too_late(store: Store, begun: UnfinishedSignIn) -> None:
    assert not store.unfinished.prove(begun.key, ANOTHER, PASSWORD, ALICE, 3, NOW)
    assert not store.unfinished.prove(begun.key, BROWSER, PASSWORD, ALICE, 3, END)
    assert not store.unfinished.prove(begun.key[:-1], BROWSER, PASSWORD, ALICE, 3, NOW)
    assert store.unfinished.get(begun.key, BROWSER, NOW) == begun


def test_it_is_finished_once_by_its_browser(store: Store, begun: UnfinishedSignIn) -> None:
    assert not store.unfinished.finish(begun.key, ANOTHER, NOW)
    assert not store.unfinished.finish(begun.key, BROWSER, END)
    assert store.unfinished.finish(begun.key, BROWSER, NOW)
    assert not store.unfinished.finish(begun.key, BROWSER, NOW)
    assert not store.unfinished.prove(begun.key, BROWSER, PASSWORD, ALICE, 3, NOW)
    assert store.unfinished.get(begun.key, BROWSER, NOW) is None


def test_of_many_at_once_one_finishes_it(shared: Store) -> None:
    for _ in range(ROUNDS):
        shared.unfinished.add(made := sign_in())
        assert sum(race(lambda _, key=made.key: shared.unfinished.finish(key, BROWSER, NOW))) == 1  # type: ignore[misc]


def test_of_people_who_prove_something_at_once_it_is_one_persons_and_no_proof_of_theirs_is_lost(shared: Store) -> None:
    for _ in range(ROUNDS):
        shared.unfinished.add(made := sign_in())
        proofs = [Proof("password", NOW + number * INSTANT) for number in range(THREADS)]
        whose = [(ALICE, BOB)[number % 2] for number in range(THREADS)]

        def prove(i: int, key: str = made.key, whose: list[str] = whose, proofs: list[Proof] = proofs) -> bool:
            return shared.unfinished.prove(key, BROWSER, proofs[i], whose[i], 3, NOW)

        told = race(prove)
        held = shared.unfinished.get(made.key, BROWSER, NOW)
        assert held is not None
        assert told == [each == held.subject for each in whose]
        assert held.proofs == {proof for proof, is_there in zip(proofs, told, strict=True) if is_there}


def test_each_verb_is_one_statement(db: None) -> None:
    store, begun = orm_store(), sign_in()
    calls: list[Callable[[], object]] = [
        lambda: store.unfinished.add(begun),
        lambda: store.unfinished.prove(begun.key, BROWSER, PASSWORD, ALICE, 3, NOW),
        lambda: store.unfinished.get(begun.key, BROWSER, NOW),
        lambda: store.unfinished.finish(begun.key, BROWSER, NOW),
    ]
    for call in calls:
        with CaptureQueriesContext(connection) as captured:
            assert call() is not False
        assert len(captured) == 1
