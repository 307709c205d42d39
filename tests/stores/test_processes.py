"""Verbs of the database's store that several processes run at once, as the nodes of a cluster do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.stores import samples
from tests.stores.processes import Race, racers
from tests.stores.samples import CLIENT, END, NOW
from tests.stores.suite import add, is_there
from tokens.protocol import journal
from tokens.protocol.records import UNBOUND
from tokens.stores.orm import OrmStore

PROCESSES = 4
ROUNDS = 20

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def race(django_db_setup: None) -> Iterator[Race]:
    with racers(PROCESSES) as run:
        yield run


def test_of_many_processes_one_wins_whatever_works_once(race: Race) -> None:
    store = OrmStore()
    for i in range(ROUNDS):
        code, waiting = samples.code(), samples.interaction()
        store.add_code(code)
        store.add_interaction(waiting)
        spent = race("consume_code", [(code.key, CLIENT, NOW)] * PROCESSES)
        assert [answer for answer in spent if answer] == [replace(code, spent_at=NOW)]
        assert sum(race("consume_interaction", [(waiting.key, waiting.browser, NOW)] * PROCESSES)) == 1
        opened = samples.interaction(browser=UNBOUND)
        store.add_interaction(opened)
        assert sum(race("bind_interaction", [(opened.key, samples.key(), [], NOW) for _ in range(PROCESSES)])) == 1
        token = samples.refresh_token()
        store.add_refresh_token(token)
        refreshed = race("consume_refresh_token", [(token.key, CLIENT, NOW)] * PROCESSES)
        assert [answer for answer in refreshed if answer] == [replace(token, spent_at=NOW)]
        assert sum(race("use_client_assertion", [(CLIENT, f"jti {i}", END)] * PROCESSES)) == 1
        keys = [(samples.signing_key(alg=f"A{i}"),) for _ in range(PROCESSES)]
        assert sum(race("add_key", keys)) == 1
        coming = samples.signing_key(alg=f"A{i}", state="next")
        assert sum(race("add_key", [(coming,)] * PROCESSES)) == 1
        assert sum(race("activate_key", [(coming, 0)] * PROCESSES)) == 1
        held = store.keys()
        retiring = next(key for key in held if (key.alg, key.state) == (f"A{i}", "retiring"))
        assert sum(race("retire_key", [(retiring, 0)] * PROCESSES)) == 1
        assert sum(race("revoke_key", [(coming.kid,)] * PROCESSES)) == 1


def test_processes_neither_lose_nor_refuse_one_anothers_writes(race: Race) -> None:
    store = OrmStore()
    for _ in range(ROUNDS):
        waiting, authorization = samples.interaction(), samples.authorization()
        store.add_interaction(waiting)
        store.add_authorization(authorization)
        steps = [f"denied@{i}" for i in range(PROCESSES)]
        assert all(race("record_step", [(waiting.key, waiting.browser, step, NOW) for step in steps]))
        assert store.interaction(waiting.key, waiting.browser, NOW) == replace(waiting, steps=frozenset(steps))
        race("revoke", [(journal.authorization(authorization.id), END)] * PROCESSES)
        assert store.authorization(authorization.id, NOW) is None
        consents = [samples.consent(subject=authorization.subject) for _ in range(PROCESSES)]
        race("grant_consent", [(consent,) for consent in consents])
        assert store.consent(authorization.subject, CLIENT, NOW) in consents


def test_processes_that_clean_up_together_delete_each_row_once_and_no_live_one(race: Race) -> None:
    store, kind = OrmStore(), "authorization_code"
    now = datetime.now(UTC)
    for _ in range(100):
        add(store, kind, now - timedelta(days=2))
    living = [add(store, kind, now + timedelta(minutes=1)) for _ in range(10)]
    deleted = 0
    while batch := sum(race("delete_expired", [(kind, 3600.0, 10)] * PROCESSES)):
        deleted += batch
    assert deleted == 100
    assert all(is_there(store, kind, code) for code in living)
