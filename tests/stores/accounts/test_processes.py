"""The store below both applications under several processes at once, as a cluster's nodes are, some of which die."""

import time
from collections import Counter as Told
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from accounts.ground import clock
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from accounts.stores.base import Store
from accounts.stores.base.codes import MOST_ATTEMPTS, Attempt
from accounts.stores.base.throttles import Count, Counter, Limit
from accounts.stores.base.unfinished import Proof, UnfinishedSignIn
from accounts.stores.dynamodb.store import REGION, store_of
from accounts.stores.orm import orm_store
from accounts.throttles import digest
from tests.servers import dynamodb
from tests.servers.dynamodb import PREFIX
from tests.stores.accounts.test_codes import CODE, END, NOW, OVER, RIGHT, WRONG
from tests.stores.accounts.test_unfinished import ALICE, BOB, BROWSER, INSTANT, sign_in
from tests.stores.processes import ACCOUNTS, Racer, race_of, started
from tests.stores.races import Call, Race
from tests.support.dynamodb import client, make_tables, tables

RUNNERS, ROUNDS = 4, 5
MANY = Limit(failures=10_000, kept=timedelta(days=1))
FEW = Limit(failures=3, kept=timedelta(days=1))
NAMES, DYING = 24, 3
"""How many things each of the processes wants, and how many of them die meanwhile."""
LONGEST = 0.01
"""Seconds from when a process was asked until it dies: within the work, or after it and before it is heard."""

Start = Callable[[int], AbstractContextManager[Sequence[Racer]]]


@pytest.fixture(scope="module", params=["orm", "dynamodb"])
def start(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Start]:
    """Starts processes on a store."""
    if request.param == "orm":
        yield lambda number: started(number, ACCOUNTS, IDP_ACCOUNTS_STORE="orm", IDP_TOKENS_STORE="orm")
        return
    make_tables()
    yield lambda number: started(number, ACCOUNTS, **dynamodb.of_the_store())
    # What they wrote this process knows nothing of.
    tables().delete()
    make_tables.cache_clear()


@pytest.fixture(scope="module")
def race(start: Start) -> Iterator[Race]:
    with start(RUNNERS) as racers:
        yield race_of(racers)


@pytest.fixture
def store(request: pytest.FixtureRequest, committed: None) -> Store:
    """The same, in this process."""
    if request.node.callspec.params["start"] == "orm":
        return orm_store()
    return store_of(State(Service(client()), PREFIX, REGION, clock.now))


def new() -> str:
    return digest(uuid4().hex)


def test_of_processes_that_spend_the_same_one_does(race: Race) -> None:
    """A step of an app, a challenge, an invitation."""
    for _ in range(ROUNDS):
        assert sum(race([("once.spend", f"totp {new()}", END)] * RUNNERS)) == 1


def test_of_processes_that_spend_the_same_for_sign_ins_one_sign_in_has_it(race: Race) -> None:
    for _ in range(ROUNDS):
        name = f"totp {new()}"
        told = race([("once.spend", name, END, f"0.{number % 2}") for number in range(RUNNERS)])
        assert told in ([True, False] * (RUNNERS // 2), [False, True] * (RUNNERS // 2))


def test_of_processes_with_the_right_code_one_spends_it(race: Race, store: Store) -> None:
    for _ in range(ROUNDS):
        store.codes.put(holder := new(), CODE)
        assert race([("codes.attempt", holder, CODE.digest, NOW)] * RUNNERS) == [RIGHT] * RUNNERS
        assert sum(race([("codes.spend", holder, CODE.digest, NOW)] * RUNNERS)) == 1


def test_of_processes_that_guess_a_code_so_many_are_judged(race: Race, store: Store) -> None:
    for _ in range(ROUNDS):
        store.codes.put(holder := new(), CODE)
        told = Told[Attempt]()
        for _ in range(MOST_ATTEMPTS):
            told += Told(race([("codes.attempt", holder, "0", NOW)] * RUNNERS))
        assert told == {WRONG: MOST_ATTEMPTS, OVER: MOST_ATTEMPTS * (RUNNERS - 1)}


@pytest.mark.parametrize("account", ["", "theirs"])
def test_processes_that_count_at_once_let_so_many_through(race: Race, store: Store, account: str) -> None:
    for _ in range(ROUNDS):
        counter = Counter(key=new(), limit=FEW, account=account and new())
        waits = [wait for _ in range(2) for wait in race([("throttles.spend", counter)] * RUNNERS)]
        assert waits.count(None) == FEW.failures
        assert all(wait > timedelta() for wait in waits if wait is not None)
        assert store.throttles.look([counter])[counter.key].failures == FEW.failures


@pytest.mark.parametrize("account", ["", "theirs"])
def test_no_count_of_a_process_is_lost_beside_those_of_others_or_what_they_give_back(
    race: Race, store: Store, account: str
) -> None:
    counter = Counter(key=new(), limit=MANY, account=account and new())
    for _ in range(ROUNDS):
        assert race([("throttles.spend", counter)] * RUNNERS) == [None] * RUNNERS
    assert store.throttles.look([counter]) == {counter.key: Count(failures=ROUNDS * RUNNERS, wait=timedelta())}
    for _ in range(ROUNDS):
        race([("throttles.spend", counter), ("throttles.give_back", counter)] * (RUNNERS // 2))
    assert store.throttles.look([counter])[counter.key].failures == ROUNDS * RUNNERS


def test_of_processes_that_finish_a_sign_in_one_does_and_it_is_one_persons(race: Race, store: Store) -> None:
    for _ in range(ROUNDS):
        store.unfinished.add(begun := sign_in())
        proofs = [Proof("password", NOW + number * INSTANT) for number in range(RUNNERS)]
        whose = [(ALICE, BOB)[number % 2] for number in range(RUNNERS)]
        proving: list[Call] = [
            ("unfinished.prove", begun.key, BROWSER, proof, subject, 3, NOW)
            for proof, subject in zip(proofs, whose, strict=True)
        ]
        told = race(proving)
        held = store.unfinished.get(begun.key, BROWSER, NOW)
        assert held is not None
        assert told == [subject == held.subject for subject in whose]
        assert held.proofs == {proof for proof, is_there in zip(proofs, told, strict=True) if is_there}
        assert sum(race([("unfinished.finish", begun.key, BROWSER, NOW)] * RUNNERS)) == 1


# --- some die


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is there once: a name to spend, whose code is to be typed, a sign-in to finish."""

    name: str
    holder: str
    sign_in: UnfinishedSignIn


@dataclass(frozen=True, slots=True)
class Got:
    """What a process was told."""

    spent: bool
    was_let_through: bool
    was_right: bool
    finished: bool


def want(store: Store, wanted: Wanted, counter: Counter) -> Got:
    key = wanted.sign_in.key
    return Got(
        spent=store.once.spend(wanted.name, END),
        was_let_through=store.throttles.spend(counter) is None,
        was_right=store.codes.spend(wanted.holder, CODE.digest, NOW),
        finished=store.unfinished.finish(key, BROWSER, NOW),
    )


def test_what_processes_did_that_died_is_done_and_nothing_is_done_twice(start: Start, store: Store) -> None:
    wanted = [Wanted(new(), new(), sign_in()) for _ in range(NAMES)]
    for each in wanted:
        store.codes.put(each.holder, CODE)
        store.unfinished.add(each.sign_in)
    counter, random = Counter(key=new(), limit=MANY), Random()  # noqa: S311 an instant by chance
    ends: list[int | None] = [None, *random.sample(range(NAMES), DYING)]

    def use(racer: Racer, end: int | None) -> dict[int, Got]:
        """What it was told of each, until it died with this number."""
        told = dict[int, Got]()
        for number, each in enumerate(wanted):
            racer.pipe.send((want, each, counter))
            if number == end:
                time.sleep(random.uniform(0, LONGEST))  # an instant by chance
                racer.kill()
                return told
            told[number] = racer.pipe.recv()
        return told

    with start(1 + DYING) as racers, ThreadPoolExecutor(len(racers)) as threads:
        told = list(threads.map(use, racers, ends))
    answers = [got for each in told for got in each.values()]
    failures = store.throttles.look([counter])[counter.key].failures
    assert all(got.was_let_through for got in answers)
    assert len(answers) <= failures <= len(answers) + DYING
    dead = [end for end in ends if end is not None]
    for what in ("spent", "was_right", "finished"):
        for number in range(NAMES):
            won = sum(getattr(each[number], what) for each in told if number in each)
            assert won <= 1, (what, number)
            assert won == 1 or number in dead, (what, number)
            assert not _again(store, wanted[number], what)


def _again(store: Store, wanted: Wanted, what: str) -> bool:
    """Whether somebody who comes later gets it."""
    asked: dict[str, Callable[[], Any]] = {
        "spent": lambda: store.once.spend(wanted.name, END),
        "was_right": lambda: store.codes.spend(wanted.holder, CODE.digest, NOW),
        "finished": lambda: store.unfinished.finish(wanted.sign_in.key, BROWSER, NOW),
    }
    return bool(asked[what]())
