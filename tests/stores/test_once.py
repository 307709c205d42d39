"""Statements that are compiled once a process say what they would say if they were compiled for every call."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from inspect import signature
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Upper

from accounts import claims
from accounts.ground.sql.once import MOST
from accounts.ground.sql.sql import Sql
from accounts.ground.sql.statement import Statement, as_sql, statement
from accounts.sessions import statements as sessions
from accounts.stores.orm.statements import codes, throttles, unfinished
from accounts.stores.orm.statements import once as spent_once
from tests.stores.calls import CALLS, fill
from tests.stores.values import VALUES
from tests.support.compilers import compiled
from tokens import models
from tokens.stores.orm import orm_store
from tokens.stores.orm.statements import STATEMENTS

__all__ = ["compiled"]  # a fixture that holds here too

NOW = datetime(2026, 11, 27, 12, 30, 15, 123456, tzinfo=UTC)
OF_ACCOUNTS = {
    each.name: (each, values)
    for each, values in (
        (claims.rows_of, (UUID(int=7),)),
        (sessions.live, ("a" * 43, NOW)),
        (sessions.live_lean, ("a" * 43, NOW)),
        (sessions.data, ("a" * 43,)),
        (sessions.alive, ("0.sid",)),
        (sessions.write, ("a" * 43, "a version", "some data", NOW)),
        (sessions.write_signed_in, ("a" * 43, "0.sid", "a version", "some data", NOW)),
        (sessions.forget, ("a" * 43,)),
        (sessions.note, (UUID(int=7), NOW)),
        (sessions.end, ("0.sid", NOW)),
        (sessions.mark, ("0.sid", NOW)),
        (sessions.of_sid, ("0.sid",)),
        (throttles.give_back, ("a" * 64,)),
        (throttles.forget, ("a" * 64,)),
        (codes.attempt, ("a" * 64, "b" * 64, NOW)),
        (codes.attempt_returning, ("a" * 64, NOW)),
        (codes.held, ("a" * 64,)),
        (codes.spend, ("a" * 64, "b" * 64, NOW)),
        (spent_once.spent_by, ("a" * 64, "0.a")),
        (unfinished.get, ("a" * 43, "b" * 64, NOW)),
        (unfinished.finish, ("a" * 43, "b" * 64, NOW)),
    )
}
ONCE = [*(name for name, each in STATEMENTS.items() if each.once), *OF_ACCOUNTS]
Clients = QuerySet[models.Client]


@pytest.mark.parametrize("name", ONCE)
def test_it_says_what_it_would_say_if_it_were_compiled_for_the_call(name: str) -> None:
    if not says_the_same(name):
        pytest.skip("this database has another statement for it")


def says_the_same(name: str) -> bool:
    """Compiled for the call, once, and once again; whether the database in use has the statement at all."""
    hot, values = called(name)
    if not hot.runs_here():
        return False
    anew, once = as_sql(hot.build(*values)), [hot.sql(*values) for _ in range(2)]
    assert [(each.text, list(each.values)) for each in once] == [(anew.text, list(anew.values))] * 2
    return True


def called(name: str) -> tuple[Statement[..., Any], Sequence[Any]]:
    if name in OF_ACCOUNTS:
        return OF_ACCOUNTS[name]
    found = STATEMENTS[name]
    return found, [VALUES[parameter] for parameter in signature(found.build).parameters]


@pytest.mark.parametrize("instant", [NOW, NOW.astimezone(timezone(timedelta(hours=-7))), NOW.replace(microsecond=0)])
def test_an_instant_is_written_as_django_writes_it(instant: datetime) -> None:
    get = STATEMENTS["access_tokens.get"]
    assert list(get.sql("a", instant).values) == list(as_sql(get.build("a", instant)).values)


@pytest.mark.parametrize("number", [0, 1, 2, 3, MOST, MOST + 1])
def test_a_list_of_any_length_is_written_as_django_writes_it(number: int) -> None:
    named, keys = STATEMENTS["resources.named"], [f"urn:{each}" for each in range(number)]
    anew, once = as_sql(named.build(keys)), named.sql(keys)
    assert (once.text, list(once.values)) == (anew.text, list(anew.values))


def test_a_text_goes_into_the_values_and_never_into_the_statement() -> None:
    get = STATEMENTS["clients.get"]
    hostile = "' OR 1=1 -- %s the mark 1 of a parameter"
    assert get.sql(hostile).text == get.sql("0.client").text
    assert hostile in get.sql(hostile).values


@pytest.mark.django_db
def test_rows_are_read_as_django_reads_them() -> None:
    """JSON, NULL, lists, instants and UUIDs, from every kind of row."""
    fill(orm_store())
    models.Client.objects.update(metadata={"jwks": [{"x": "ä€😀", "y": None}]}, updated=NOW)
    for rows in _of_every_kind():
        expected = [_plain(each) for each in rows]
        assert expected
        assert [_plain(each) for each in as_sql(rows)] == expected


def _of_every_kind() -> Iterator["QuerySet[Any, Any]"]:
    for model in (models.Client, models.Authorization, models.RefreshToken, models.Consent, models.Interaction):
        yield model._default_manager.order_by("pk")
    yield models.Client.objects.order_by("pk").annotate(shouted=Upper("client_id"))
    yield models.Client.objects.order_by("pk").values("client_id", "metadata", "updated")
    yield models.Client.objects.order_by("pk").values("updated", "client_id").annotate(shouted=Upper("client_id"))
    yield models.Authorization.objects.order_by("pk").values_list("subject", "claims", "created", "sid")
    yield models.Authorization.objects.order_by("pk").values_list("subject", flat=True)


def _plain(row: Any) -> Any:
    """A row as values, whichever kind it is of."""
    if not hasattr(row, "_meta") and not hasattr(row, "model"):
        return row
    model = row.model if hasattr(row, "model") else type(row)
    names = [field.attname for field in model._meta.concrete_fields]
    return {name: getattr(row, name) for name in [*names, "shouted"] if hasattr(row, name)}


def test_rows_of_a_kind_that_nobody_asked_for_yet_are_refused() -> None:
    with pytest.raises(TypeError, match="NamedValuesListIterable: rows of that kind are not read here"):
        as_sql(models.Client.objects.values_list("pk", named=True))


@pytest.mark.django_db
def test_what_can_be_answered_by_nobody_is_not_asked(django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(0):
        assert list(STATEMENTS["resources.named"]([])) == []


def _an_hour_before(now: datetime) -> Clients:
    return models.Client.objects.filter(updated__lt=now - timedelta(hours=1))


def _in_capitals(name: str) -> Clients:
    return models.Client.objects.filter(client_id=name.upper())


def _not_at_all(name: str, other: str) -> Clients:
    return models.Client.objects.filter(client_id=name)


@pytest.mark.parametrize(
    ("build", "values", "fault"),
    [
        (_an_hour_before, (NOW,), "not the parameter itself|not among its values"),
        (_in_capitals, ("a",), "not the parameter itself|not among its values"),
        (_not_at_all, ("a", "b"), "not among its values"),
    ],
)
def test_a_statement_that_reckons_with_a_parameter_cannot_be_compiled_once(
    build: Callable[..., Clients], values: tuple[Any, ...], fault: str
) -> None:
    with pytest.raises(TypeError, match=fault):
        statement("a.statement", once=True)(build)(*values)


def test_one_parameter_may_come_out_in_several_places() -> None:
    def either(key: str, person: UUID) -> Sql:
        return Sql("SELECT %s, %s, %s, 1", [key, person.hex, key])

    made = statement("a.statement", once=True)(either)
    assert made("a", UUID(int=7)) == Sql("SELECT %s, %s, %s, 1", ["a", UUID(int=7).hex, "a"])


HOT = (
    *("access_tokens.add", "access_tokens.get", "authorizations.add", "authorizations.get"),
    *("authorizations.with_client", "client_assertions.use", "clients.get", "clients.unless_void", "codes.add"),
    *("codes.consume", "codes.get", "consents.get", "interactions.add", "interactions.get", "journal.revoked"),
    *("interactions.with_client",),
    *("refresh_tokens.add", "refresh_tokens.consume", "refresh_tokens.extend", "refresh_tokens.get", "resources.named"),
)
"""What the requests of programs, and of a person who is signed in, ask of the store."""


@pytest.mark.django_db
@pytest.mark.parametrize("verb", HOT)
def test_a_verb_of_a_hot_path_compiles_nothing_when_it_is_asked_again(compiled: list[str], verb: str) -> None:
    store = orm_store()
    fill(store)
    for _ in range(2):
        compiled.clear()
        with transaction.atomic():
            CALLS[verb](store)
            transaction.set_rollback(True)
    assert compiled == []


@pytest.mark.django_db
def test_what_is_compiled_is_noticed(compiled: list[str]) -> None:
    store = orm_store()
    fill(store)
    compiled.clear()
    CALLS["authorizations.find"](store)
    assert set(compiled) == {"tokens_authorization"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="psycopg's")
@pytest.mark.server("PostgreSQL's driver")
@pytest.mark.django_db
def test_an_instant_comes_in_utc_from_every_cursor() -> None:
    instant = datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC)
    asked = instant.astimezone(timezone(timedelta(hours=5)))
    for cursor in (connection.cursor(), connection.chunked_cursor()):
        with cursor:
            cursor.execute("SELECT %s::timestamptz, NULL::timestamptz", [asked])
            [row] = cursor.fetchall()
        assert row == (instant, None)
        assert row[0].tzinfo is UTC
