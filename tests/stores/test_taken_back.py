"""Units that the database takes back whole: begun once more, where nothing of them left the process."""

from collections import Counter
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from psycopg.errors import DeadlockDetected, LockNotAvailable

from tests.stores import samples
from tests.stores.contention import race
from tests.stores.samples import CLIENT, NOW
from tests.support import builders
from tests.support.endpoints import post
from tests.support.messages import TOKEN, basic, code_form
from tokens import keys
from tokens.keys import local
from tokens.protocol.records import AuthorizationCode
from tokens.stores.orm import orm_store
from tokens.stores.orm.authorizations import Authorizations

pytestmark = pytest.mark.usefixtures("committed")

PATIENCE = 20.0  # seconds


def taken_back() -> OperationalError:
    """What Django raises at a deadlock."""
    error = OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")
    if connection.vendor != "mysql":
        error = OperationalError("deadlock detected")
        error.__cause__ = DeadlockDetected()
    return error


@pytest.mark.covers("S19 concurrency")
def test_of_two_units_that_wait_for_one_another_one_begins_anew_and_both_end() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one writer in at a time")
    store, attempts, meeting = orm_store(), Counter[int](), Barrier(2)
    codes = [samples.code(), samples.code()]
    for code in codes:
        store.codes.add(code)

    def spend_both(i: int) -> list[AuthorizationCode | None]:
        def work() -> list[AuthorizationCode | None]:
            attempts[i] += 1
            own = store.codes.consume(codes[i].key, CLIENT, NOW)
            if attempts[i] == 1:
                meeting.wait(PATIENCE)
            return [own, store.codes.consume(codes[1 - i].key, CLIENT, NOW)]

        return store.in_unit(work)

    answers = race(spend_both, 2)
    assert sorted(attempts.values()) == [1, 2]
    assert sorted(sum(code is not None for code in spent) for spent in answers) == [0, 2]


@pytest.mark.covers("S19 crash")
def test_an_exchange_that_is_taken_back_once_succeeds_and_one_that_is_again_says_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for alg in ("ES256", "RS256"):
        orm_store().keys.add(local.generate(alg, datetime.now(UTC)))
    keys._made.cache_clear()
    # The subject has no account: nothing is to be said of them.
    client, sender = builders.register("web", claims_in_id_token=False), Client(raise_request_exception=False)
    add, failing = Authorizations.add, [taken_back(), taken_back(), taken_back()]

    def fail(part: Authorizations, *arguments: object) -> bool:
        added = add(part, *arguments)  # type: ignore[arg-type]  # passed on as they came
        if failing:
            raise failing.pop()
        return added

    monkeypatch.setattr(Authorizations, "add", fail)
    answers = []
    for _ in range(2):
        code, _ = builders.save_code(client.client_id, samples.subject())
        for _ in range(2):
            answer = post(sender, TOKEN, code_form(client, code), basic(client.client_id, client.client_secret))
            answers.append((answer.status_code, answer.json().get("error")))
    keys._made.cache_clear()
    # The first request fails twice; its code is not burnt, and its second one fails once and goes on.
    assert answers[:2] == [(503, "temporarily_unavailable"), (200, None)]
    assert answers[2:] == [(200, None), (400, "invalid_grant")]


def test_nothing_else_is_tried_twice_and_neither_is_a_unit_within_another() -> None:
    attempts = Counter[str]()

    def fail(name: str, error: Exception) -> None:
        attempts[name] += 1
        raise error

    waited = OperationalError("canceling statement due to lock timeout")
    waited.__cause__ = LockNotAvailable()
    for name, error in (("a lock", waited), ("a fault", ValueError())):
        with pytest.raises(type(error)):
            orm_store().in_unit(lambda name=name, error=error: fail(name, error))  # type: ignore[misc]
    with pytest.raises(OperationalError), transaction.atomic():
        orm_store().in_unit(lambda: fail("within another", taken_back()))
    assert attempts == {"a lock": 1, "a fault": 1, "within another": 1}
