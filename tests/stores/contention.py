"""Verbs that several callers run at once: one suite for every store, and the tools to race."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import TypeVar

import pytest
from django.db import OperationalError, connection, connections

from accounts.ground.taken_back import was_taken_back
from tests.stores import samples
from tests.stores.races import Race, RaceSuite, made
from tests.stores.samples import CLIENT, END, FAR, INSTANT, NOW, done
from tests.stores.suite.journal import last_void
from tests.stores.suite.keys import states
from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import UNBOUND, Authorization, AuthorizationCode, RefreshToken
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

    with a_connection_each(runners), ThreadPoolExecutor(runners) as threads:
        return list(threads.map(run, range(runners)))


@contextmanager
def a_connection_each(runners: int) -> Iterator[None]:
    """Room in the pool: a verb races for what the database holds, not for a turn with a connection."""
    pool = getattr(connection, "pool", None) if has_database() else None
    if pool is None:
        yield
        return
    kept = pool.min_size, pool.max_size, pool.timeout
    pool.resize(pool.min_size, runners + 1)
    pool.timeout = 60
    yield
    pool.resize(*kept[:2])
    pool.timeout = kept[2]


def has_database() -> bool:
    """Whether this test may use one. Else nothing may make the pool, which would lead to the database that the test
    databases are made beside."""
    try:
        connection.ensure_connection()
    except RuntimeError:
        return False
    return True


@contextmanager
def suppress_taken_back() -> Iterator[None]:
    """A database may end a deadlock by taking back what one of them did: all of it, and it is told."""
    try:
        yield
    except OperationalError as error:
        if not was_taken_back(error):
            raise


class ContentionSuite(RaceSuite):
    @pytest.fixture
    def race(self, store: Store) -> Race:
        return lambda calls: list(race(lambda i: made(store, calls[i]), len(calls)))

    @pytest.mark.covers("S19 concurrency", "KC #22448 at once")
    def test_one_thread_spends_a_code(self, store: Store) -> None:
        for _ in range(ROUNDS):
            code = samples.code()
            store.codes.add(code)
            answers = race(lambda _, code=code: store.codes.consume(code.key, CLIENT, NOW))  # type: ignore[misc]
            won = [answer for answer in answers if answer is not None]
            assert won == [replace(code, spent_at=NOW)]

    def test_one_thread_ends_an_interaction(self, store: Store) -> None:
        for _ in range(ROUNDS):
            waiting = samples.interaction()
            store.interactions.add(waiting)
            answers = race(lambda _, it=waiting: store.interactions.consume(it.key, it.browser, NOW))  # type: ignore[misc]
            assert sum(answers) == 1

    def test_one_thread_opens_an_interaction_first(self, store: Store) -> None:
        for _ in range(ROUNDS):
            waiting = samples.interaction(browser=UNBOUND)
            store.interactions.add(waiting)
            browsers = [samples.key() for _ in range(THREADS)]

            def bind(i: int, key: Key = waiting.key, browsers: list[Key] = browsers) -> bool:
                return store.interactions.bind(key, browsers[i], [done("seen", str(i))], NOW)

            won = race(bind)
            assert sum(won) == 1
            first = won.index(True)
            bound = replace(waiting, browser=browsers[first], steps=frozenset({done("seen", str(first))}))
            assert store.interactions.get(waiting.key, browsers[first], NOW) == bound

    def test_no_step_is_lost_between_threads(self, store: Store) -> None:
        waiting = samples.interaction()
        store.interactions.add(waiting)
        assert all(
            race(lambda i: store.interactions.record_step(waiting.key, waiting.browser, done("denied", str(i)), NOW))
        )
        held = store.interactions.get(waiting.key, waiting.browser, NOW)
        assert held is not None
        assert held.steps == {done("denied", str(i)) for i in range(THREADS)}

    def test_one_thread_adds_the_active_key(self, store: Store) -> None:
        assert sum(race(lambda _: store.keys.add(samples.signing_key()))) == 1
        assert len(store.keys.all()) == 1

    def test_one_thread_activates_the_next_key(self, store: Store) -> None:
        for _ in range(ROUNDS):
            store.keys.add(coming := samples.signing_key(state="next", alg="RS256"))
            assert sum(race(lambda _, key=coming: store.keys.activate(key, timedelta()))) == 1  # type: ignore[misc]
            assert [kid for kid, state in states(store).items() if state == "active"] == [coming.kid]

    def test_one_thread_retires_or_revokes_a_key(self, store: Store) -> None:
        for _ in range(ROUNDS):
            store.keys.add(key := samples.signing_key(state="retiring"))
            assert sum(race(lambda _, key=key: store.keys.retire(key, timedelta()))) == 1  # type: ignore[misc]
            assert sum(race(lambda _, kid=key.kid: store.keys.revoke(kid))) == 1  # type: ignore[misc]

    def test_however_threads_make_activate_and_revoke_keys_one_is_active_and_one_next_at_most(
        self, store: Store
    ) -> None:
        store.keys.add(samples.signing_key())

        def act(i: int) -> None:
            keys = store.keys.all()
            held = {key.state: key for key in keys}
            with suppress_taken_back():
                if i % 4 == 0 and "active" in held:
                    with store.unit():
                        store.keys.revoke(held["active"].kid)
                        store.keys.add(samples.signing_key())
                elif i % 4 == 1 and "next" in held:
                    store.keys.activate(held["next"], timedelta())
                else:
                    store.keys.add(samples.signing_key(state="next" if i % 4 == 2 else "active"))
            counted = list(states(store).values())
            assert counted.count("active") <= 1
            assert counted.count("next") <= 1

        for _ in range(ROUNDS):
            race(act)
            assert list(states(store).values()).count("active") == 1

    def test_threads_can_all_grant_the_same_consent(self, store: Store) -> None:
        consents = [samples.consent(subject="b5a1d9f0-3c86-4b1e-9d2a-5f0e3a7c1d42") for _ in range(THREADS)]
        race(lambda i: store.consents.grant(consents[i]))
        assert store.consents.get(consents[0].subject, CLIENT, NOW) in consents

    def test_threads_can_all_revoke_the_same_authorization(self, store: Store) -> None:
        authorization = samples.authorization()
        store.authorizations.add(authorization)
        race(lambda _: store.journal.revoke(journal.authorization(authorization.id), END))
        assert store.authorizations.get(authorization.id, NOW) is None

    def test_threads_that_revoke_up_to_now_never_move_the_instant_back(self, store: Store) -> None:
        begun = datetime.now(UTC) - timedelta(milliseconds=1)
        key = journal.subject(samples.subject())

        def revoke(_: int) -> bool:
            called = datetime.now(UTC) - timedelta(milliseconds=1)
            store.journal.revoke_until_now(key, END)
            return store.journal.revoked([key], called)

        assert all(race(revoke))
        assert begun <= last_void(store, key) <= datetime.now(UTC)

    def test_what_one_thread_voids_for_ever_no_other_brings_back(self, store: Store) -> None:
        verbs = (store.journal.revoke, store.journal.revoke_until_now)
        for _ in range(ROUNDS):
            key = journal.client(samples.handle())
            race(lambda i, key=key: verbs[i % 2](key, END))  # type: ignore[misc]
            assert store.journal.revoked([key], FAR)

    def test_one_thread_spends_a_refresh_token(self, store: Store) -> None:
        for _ in range(ROUNDS):
            token = samples.refresh_token()
            store.refresh_tokens.add(token)
            answers = race(lambda _, it=token: store.refresh_tokens.consume(it.key, CLIENT, NOW))  # type: ignore[misc]
            won = [answer for answer in answers if answer is not None]
            assert won == [replace(token, spent_at=NOW)]

    def test_a_refresh_token_is_extended_to_the_latest_end_until_it_is_spent(self, store: Store) -> None:
        token = samples.refresh_token()
        store.refresh_tokens.add(token)
        race(lambda i: store.refresh_tokens.extend(token.key, END + i * INSTANT))
        assert store.refresh_tokens.get(token.key, CLIENT) == replace(token, expires=END + (THREADS - 1) * INSTANT)

    def test_one_thread_shows_a_client_assertion(self, store: Store) -> None:
        for _ in range(ROUNDS):
            jti = samples.handle()
            assert sum(race(lambda _, jti=jti: store.client_assertions.use(CLIENT, jti, END))) == 1  # type: ignore[misc]

    def test_nothing_is_good_that_was_added_beside_or_after_its_revocation(self, store: Store) -> None:
        for _ in range(ROUNDS):
            sample = samples.authorization()
            family = [replace(sample, id=samples.handle()) for _ in range(THREADS)]
            tokens = [samples.refresh_token(authorization_id=one.id) for one in family]
            revoked = Event()

            def add_or_revoke(
                i: int, family: Sequence[Authorization] = family, tokens: Sequence[RefreshToken] = tokens
            ) -> bool | None:
                if i == 0:
                    store.journal.revoke_until_now(journal.subject(family[0].subject), END)
                    revoked.set()  # noqa: B023 used within its round
                    return None
                late = revoked.is_set()  # noqa: B023 used within its round
                added = store.authorizations.add(family[i], tokens[i])
                assert not (late and added)
                return added

            added = race(add_or_revoke)
            assert [store.authorizations.get(one.id, NOW) for one in family] == [None] * THREADS
            kept = [store.refresh_tokens.get(token.key, CLIENT) is not None for token in tokens]
            assert kept == [bool(answer) for answer in added]

    def test_a_code_is_spent_once_by_threads_that_hold_units(self, store: Store) -> None:
        code = samples.code()
        store.codes.add(code)

        def redeem(_: int) -> AuthorizationCode | None:
            with store.unit():
                spent = store.codes.consume(code.key, CLIENT, NOW)
                if spent is not None:
                    store.authorizations.add(spent.authorization)
                return spent

        assert len([answer for answer in race(redeem) if answer is not None]) == 1
        assert store.authorizations.get(code.authorization.id, NOW) == code.authorization
