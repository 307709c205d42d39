"""Verbs that several callers run at once: one suite for every store, and the tools to race."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TypeVar

from django.db import connections

from tests.stores import samples
from tests.stores.samples import CLIENT, END, NOW
from tokens.protocol.records import AuthorizationCode
from tokens.stores.base import Store

THREADS = 16
ROUNDS = 5
Answer = TypeVar("Answer")


def race(call: Callable[[int], Answer], runners: int = THREADS) -> Sequence[Answer]:
    """What `runners` threads were answered that called at the same instant, each with its number."""
    barrier = Barrier(runners)

    def run(number: int) -> Answer:
        barrier.wait()
        try:
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(runners) as threads:
        return list(threads.map(run, range(runners)))


class ContentionSuite:
    def test_one_thread_spends_a_code(self, store: Store) -> None:
        for _ in range(ROUNDS):
            code = samples.code()
            store.add_code(code)
            answers = race(lambda _, code=code: store.consume_code(code.key, CLIENT, NOW))  # type: ignore[misc]
            won = [answer for answer in answers if answer is not None]
            assert won == [replace(code, spent_at=NOW)]

    def test_one_thread_ends_an_interaction(self, store: Store) -> None:
        for _ in range(ROUNDS):
            waiting = samples.interaction()
            store.add_interaction(waiting)
            answers = race(lambda _, it=waiting: store.consume_interaction(it.key, it.browser, NOW))  # type: ignore[misc]
            assert sum(answers) == 1

    def test_no_step_is_lost_between_threads(self, store: Store) -> None:
        waiting = samples.interaction()
        store.add_interaction(waiting)
        assert all(race(lambda i: store.record_step(waiting.key, waiting.browser, f"denied@{i}", NOW)))
        found = store.interaction(waiting.key, waiting.browser, NOW)
        assert found is not None
        assert found.steps == {f"denied@{i}" for i in range(THREADS)}

    def test_one_thread_adds_the_active_key(self, store: Store) -> None:
        assert sum(race(lambda _: store.add_key(samples.signing_key()))) == 1
        assert len(store.keys()) == 1

    def test_threads_can_all_grant_the_same_consent(self, store: Store) -> None:
        consents = [samples.consent(subject="b5a1d9f0-3c86-4b1e-9d2a-5f0e3a7c1d42") for _ in range(THREADS)]
        race(lambda i: store.grant_consent(consents[i]))
        assert store.consent(consents[0].subject, CLIENT, NOW) in consents

    def test_threads_can_all_revoke_the_same_authorization(self, store: Store) -> None:
        authorization = samples.authorization()
        store.add_authorization(authorization)
        race(lambda _: store.revoke_authorization(authorization.id, END))
        assert store.authorization(authorization.id, NOW) is None

    def test_a_code_is_spent_once_by_threads_that_hold_units(self, store: Store) -> None:
        code = samples.code()
        store.add_code(code)

        def redeem(_: int) -> AuthorizationCode | None:
            with store.unit():
                spent = store.consume_code(code.key, CLIENT, NOW)
                if spent is not None:
                    store.add_authorization(spent.authorization)
                return spent

        assert len([answer for answer in race(redeem) if answer is not None]) == 1
        assert store.authorization(code.authorization.id, NOW) == code.authorization
