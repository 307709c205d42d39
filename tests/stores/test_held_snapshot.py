"""Clean-up beside a snapshot that is held, by a nightly dump say: each batch looks at as much as the first one did."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import psycopg
import pytest
from django.db import connection, models, transaction

from accounts.ground.sweep import DeleteEnded, Ended, Sweep
from accounts.models import Session
from accounts.sessions import expiry
from tests.stores.processes import database_url
from tokens.models import ClientAssertion
from tokens.stores.orm import orm_store
from tokens.work import cleanup

pytestmark = pytest.mark.usefixtures("committed")

ROWS, BATCH = 3000, 300
LONG_AGO = timedelta(days=3)


def _assertion(key: str, expires: datetime) -> models.Model:
    return ClientAssertion(key=key, expires=expires)


def _session(key: str, expires: datetime) -> models.Model:
    return Session(key_hash=key, version="v", session_data="", expires=expires)


Make = Callable[[str, datetime], models.Model]
KINDS: dict[str, Make] = {"client_assertion": _assertion, "session": _session}
"""One of each way to delete: by the rows' places, and by their keys."""


def fill(make: Make, step: timedelta) -> None:
    """Rows whose ends lie so far apart, in an order that says nothing of their ends."""
    begin = datetime.now(UTC) - LONG_AGO
    rows = [make(f"{number:064}", begin + number * step) for number in range(ROWS)]
    Random(1).shuffle(rows)  # noqa: S311 any order but theirs
    type(rows[0])._default_manager.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {type(rows[0])._meta.db_table}")


def delete_of(kind: str) -> DeleteEnded:
    sweeping = orm_store().sweeping
    assert sweeping is not None
    return expiry.sweeps().get(kind) or partial(sweeping.delete_expired, kind, timedelta())


@pytest.fixture(autouse=True)
def _held(committed: None) -> Iterator[None]:
    """A transaction that began before any row was deleted, and ends after the test."""
    with held(ClientAssertion, Session):
        yield
    Session.objects.all().delete()


@contextmanager
def held(*tables: type[models.Model]) -> Iterator[None]:
    """A snapshot of the tables, begun after what other tests left there is gone. Elsewhere than on PostgreSQL no plan
    tells the pages that a statement looked at, so there would be nothing to compare."""
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL tells how many pages a statement looked at")
    names = [table._meta.db_table for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(names)}")
    with psycopg.connect(database_url()) as holder:
        holder.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        holder.execute(f"SELECT count(*) FROM {names[0]}".encode())  # noqa: S608 a table of ours
        yield


@contextmanager
def pages() -> Iterator[list[int]]:
    """How many pages each statement that finds rows looks at: it is explained first, which is then undone."""
    counted: list[int] = []

    def explained(execute: Callable[..., Any], sql: str, values: Any, many: bool, context: dict[str, Any]) -> Any:
        if "ORDER BY" in sql and not sql.startswith("EXPLAIN"):
            with transaction.atomic():
                cursor = context["cursor"]
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values)
                [answer] = cursor.fetchone()
                [told] = json.loads(answer) if isinstance(answer, str) else answer
                counted.append(told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"])
                transaction.set_rollback(True)
        return execute(sql, values, many, context)

    with connection.execute_wrapper(explained):
        yield counted


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_looks_at_no_more_pages_than_the_first_one_did(kind: str) -> None:
    fill(KINDS[kind], timedelta(seconds=1))
    sweep = Sweep(delete_of(kind))
    with pages() as looked:
        while sweep.step(BATCH):
            pass
    assert sweep.deleted == ROWS
    assert max(looked) <= 2 * looked[0], looked


@pytest.mark.parametrize("kind", KINDS)
def test_who_begins_at_the_beginning_looks_at_all_that_lies_deleted(kind: str) -> None:
    """So the count above counts something."""
    fill(KINDS[kind], timedelta(seconds=1))
    delete = delete_of(kind)
    with pages() as looked:
        while delete(BATCH, None).deleted:
            pass
    assert max(looked) > 2 * looked[0], looked


@pytest.mark.parametrize("kind", KINDS)
def test_of_rows_that_have_one_end_not_many_more_are_looked_at_than_there_are(kind: str) -> None:
    fill(KINDS[kind], timedelta())
    sweep, limits = Sweep(delete_of(kind)), list[int]()
    delete = sweep.delete

    def counted(limit: int, since: datetime | None) -> Ended:
        limits.append(limit)
        return delete(limit, since)

    sweep.delete = counted
    while sweep.step(BATCH // 10):
        pass
    assert sweep.deleted == ROWS
    assert sum(sum(limits[:each]) for each in range(len(limits))) <= 5 * ROWS, "deleted rows that were looked at again"


def test_the_next_run_and_the_lag_begin_after_what_lies_deleted() -> None:
    fill(_assertion, timedelta(seconds=1))
    cleanup.delete_expired(batch=BATCH)
    with pages() as looked:
        assert cleanup.delete_expired(batch=BATCH)["client_assertion"] == 0
        assert cleanup.lag()["client_assertion"] == 0
    assert max(looked) < ROWS / 10, looked
