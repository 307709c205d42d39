"""What the store's verbs ask of the database: how many statements, and whether an index finds the row."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from inspect import signature
from operator import attrgetter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.ground import dialects
from accounts.ground.sql.statement import Statement
from tests.stores import samples
from tests.stores.calls import CALLS, HOUR, MINUTE, fill, orders, sweeping, token, waiting
from tests.stores.kinds import named
from tests.stores.samples import CLIENT, NOW
from tests.stores.values import VALUES
from tests.stores.verbs import verbs
from tokens.protocol.records import ClientSecret
from tokens.stores.base import Store
from tokens.stores.base.kinds import EXPIRING, REFERRING
from tokens.stores.base.sweeping import Span
from tokens.stores.base.whose import Whose
from tokens.stores.orm import orm_store
from tokens.stores.orm.statements import PARTS, STATEMENTS

pytestmark = pytest.mark.django_db
NOT_DATA = re.compile("BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE")

OUTBOX = {"outbox.queue_session": 3, "outbox.queue_subject": 3, "outbox.queue_late": 5, "outbox.claim": 2}
"""However many clients are told: who is to be, the notices, and what is to be looked at again. At that second look:
what is due, who was given tokens in the sessions and by the people, the notices, and the end of it."""
REGISTRATION = {
    "clients.find": 2,
    "clients.of_scope": 2,
    "clients.add": 2,
    "clients.delete": 5,
    "resources.add": 4,
    "resources.delete": 5,
}
"""A look is which clients, then all of them; what names a client goes before it; a lock comes before what it holds."""
SPEND = ("codes.consume", "refresh_tokens.consume")
LOOKUPS = (
    "clients.get",
    "clients.of_id",
    "clients.unless_void",
    "clients.logo",
    "clients.named",
    "clients.change",
    "clients.expire_secret",
    "clients.delete_secret",
    "clients.note_secret_use",
    "clients.note_protection",
    "clients.note_logout",
    "resources.named",
    "access_tokens.get",
    "consents.get",
    "consents.allowed",
    "consents.withdraw",
    "consents.find",
    "consents.of_id",
    "authorizations.find",
    "authorizations.of_id",
    "authorizations.causes",
    "authorizations.session_told",
    "authorizations.clients_of",
    "authorizations.add",
    "authorizations.get",
    "authorizations.with_client",
    "journal.revoke",
    "journal.revoke_until_now",
    "journal.revoke_until",
    "journal.revoke_authorization",
    "journal.revoked",
    "refresh_tokens.consume",
    "refresh_tokens.get",
    "refresh_tokens.extend",
    "codes.consume",
    "codes.get",
    "interactions.get",
    "interactions.with_client",
    "interactions.bind",
    "interactions.record_step",
    "interactions.consume",
    "runs.hold",
    "runs.finish",
    "runs.of_task",
    "outbox.claim",
    "outbox.close",
    "outbox.postpone",
    "outbox.reopen",
    "outbox.of_client",
    "outbox.of_id",
)


@pytest.fixture
def store() -> Store:
    """One that holds what CALLS ask for."""
    store = orm_store()
    fill(store)
    return store


@pytest.mark.parametrize("verb", CALLS)
def test_a_verb_is_one_statement(store: Store, verb: str) -> None:
    words = dialects.dialect()
    counted = {"keys.activate": 2, "runs.finish": 2} | REGISTRATION | OUTBOX
    counted |= {} if words.write_in_cte else {"authorizations.add": 2}
    counted |= {} if words.returning else dict.fromkeys(SPEND, 2)
    assert len(statements(lambda: CALLS[verb](store))) == counted.get(verb, 1)


def test_a_database_that_cannot_add_to_two_tables_at_once_takes_a_statement_for_each(
    store: Store, without: Callable[..., None]
) -> None:
    without("write_in_cte")
    assert len(statements(lambda: store.authorizations.add(samples.authorization(), samples.refresh_token()))) == 2
    assert len(statements(lambda: store.authorizations.add(samples.authorization()))) == 1


def test_to_forget_a_token_costs_a_statement_only_where_one_cannot_write_both(
    store: Store, without: Callable[..., None]
) -> None:
    def add() -> None:
        store.refresh_tokens.add(samples.refresh_token(), token.key)

    together = dialects.dialect().write_in_cte
    assert len(statements(add)) == (1 if together else 2)
    without("write_in_cte")
    captured = statements(add)
    assert len(captured) == 2
    assert [read_whole(sql) for sql in captured] == [[], []]


def test_every_verb_is_counted() -> None:
    # Some differ between databases, or with what is there: below.
    others = {"unit", "in_unit", "sweeping.delete_expired", "sweeping.sweep_orphans", "runs.claim"}
    others |= {"clients.add_secret", "resources.change"}
    assert set(CALLS) == verbs() - others


def test_a_run_is_claimed_in_a_few_statements_and_refused_in_two(store: Store) -> None:
    def claim() -> object:
        return store.runs.claim("another", HOUR, MINUTE, timedelta(days=1), "a node")

    assert [len(statements(claim)) for _ in range(2)] == [6, 2]


def test_a_secret_is_added_in_a_few_statements(store: Store) -> None:
    client = store.clients.get(CLIENT)
    assert client is not None
    secret, newest = ClientSecret("3", "c" * 64, None), client.secrets[-1].id
    assert len(statements(lambda: store.clients.add_secret(CLIENT, secret, newest))) == 3


@pytest.mark.parametrize(("changes", "number"), [({"name": "Other"}, 5), ({"scope": ()}, 6)])
def test_a_resource_is_changed_in_a_few_statements(store: Store, changes: dict[str, Any], number: int) -> None:
    """Clients are looked for only where a scope goes."""
    [held] = store.resources.named([orders.identifier])
    made = statements(lambda: store.resources.change(replace(held, **changes), [CLIENT], held.updated))
    assert len(made) == number


@pytest.mark.parametrize("kind", REFERRING)
def test_an_index_finds_orphans(store: Store, kind: str) -> None:
    named(store, kind, without="client_id")
    captured = statements(lambda: sweeping(store).sweep_orphans(kind, Span(limit=10), -HOUR, lambda subjects: subjects))
    assert len(captured) >= 3
    assert [read_whole(sql) for sql in captured] == [[] for _ in captured]


def test_an_index_finds_the_oldest_rows(store: Store) -> None:
    assert len(statements(lambda: sweeping(store).lag(HOUR, {}))) == 1


IMPOSSIBLE: dict[str, tuple[object, ...]] = {
    "clients.get": ("a\x00",),
    "clients.of_id": ("a\x00",),
    "clients.unless_void": ("a\x00", ["client:a"], NOW),
    "clients.logo": ("a\x00",),
    "clients.named": (["a\x00"],),
    "clients.note_secret_use": ("a\x00", "a" * 64, NOW, timedelta()),
    "clients.note_protection": ("a\x00", "pkce", NOW, timedelta()),
    "clients.note_logout": ("a\x00", NOW),
    "resources.named": (["a\x00"],),
    "access_tokens.get": ("a\x00", NOW),
    "authorizations.get": ("a\x00", NOW),
    "authorizations.with_client": ("a\x00", NOW),
    "consents.get": ("alice", CLIENT, NOW),
    "consents.allowed": ("alice", NOW, 10),
    "consents.withdraw": ("a\x00",),
    "consents.find": (Whose(subject="alice"), 10),
    "consents.of_id": ("a\x00",),
    "authorizations.find": (Whose(client_id="a\x00"), 10),
    "authorizations.of_id": ("a\x00",),
    "authorizations.clients_of": ("a\x00", 10),
    "journal.revoked": (["a\x00"], NOW),
    "journal.revoke_authorization": ("a\x00", NOW),
    "keys.revoke": ("a\x00",),
    "codes.get": ("a\x00", CLIENT),
    "codes.consume": ("a\x00", CLIENT, NOW),
    "refresh_tokens.get": ("a\x00", CLIENT),
    "refresh_tokens.consume": ("a\x00", CLIENT, NOW),
    "refresh_tokens.extend": ("a\x00", NOW),
    "interactions.get": ("a\x00", waiting.browser, NOW),
    "interactions.with_client": ("a\x00", waiting.browser, NOW),
    "interactions.bind": ("a\x00", waiting.browser, (), NOW),
    "outbox.claim": ("a\x00", MINUTE),
    "outbox.of_client": ("a\x00", 10),
    "outbox.of_id": ("a\x00",),
    "runs.of_task": ("a\x00", 10),
}


@pytest.mark.parametrize("verb", IMPOSSIBLE)
def test_what_cannot_be_is_not_looked_up(store: Store, verb: str) -> None:
    assert statements(lambda: attrgetter(verb)(store)(*IMPOSSIBLE[verb])) == []


def test_a_batch_of_clean_up_is_one_statement_where_rows_have_a_place(store: Store) -> None:
    expected = 1 if connection.vendor == "postgresql" else 2
    store.codes.add(samples.code())
    assert len(statements(lambda: sweeping(store).delete_expired("authorization_code", HOUR, 10))) == expected


@pytest.mark.parametrize("verb", SPEND)
def test_a_database_that_cannot_return_what_it_changed_takes_two_statements_to_spend(
    store: Store, without: Callable[..., None], verb: str
) -> None:
    without("returning")
    assert len(statements(lambda: CALLS[verb](store))) == 2


@pytest.mark.parametrize("verb", LOOKUPS)
def test_an_index_finds_the_row(store: Store, verb: str) -> None:
    captured = statements(lambda: CALLS[verb](store))
    assert [read_whole(sql) for sql in captured] == [[] for _ in captured]


@pytest.mark.parametrize("kind", EXPIRING)
def test_an_index_finds_what_expired(store: Store, kind: str) -> None:
    for since in (None, NOW):
        for sql in statements(lambda since=since: sweeping(store).delete_expired(kind, HOUR, 10, since)):  # type: ignore[misc]  # a default is its own
            assert read_whole(sql) == []


WHOLE = {
    "clients.change.unowed",
    "clients.find.ids",
    "clients.of_scope",
    "keys.activate.demote",
    "keys.all",
    "outbox.clients_owed",
    "resources.all",
    "resources.change.clients",
    "resources.change.scopes",
    "runs.tasks",
    "runs.tasks.finished",
    "sweeping.lag",
}
"""Statements that ask for all of a small table, look into texts, or walk an index."""


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_by_its_name_finds_its_rows_by_an_index(store: Store, name: str) -> None:
    statement = STATEMENTS[name]
    if not statement.runs_here():
        pytest.skip("this database has another statement for it")
    sql = statement.sql(**{parameter: VALUES[parameter] for parameter in signature(statement.build).parameters})
    assert sql.text.count("%s") == len(sql.values)
    whole = read_whole(sql.text, sql.values)
    assert name in WHOLE or whole == []


def test_every_parameter_of_a_statement_has_a_value() -> None:
    parameters = [signature(statement.build).parameters for statement in STATEMENTS.values()]
    assert {name for names in parameters for name in names} == set(VALUES)


def test_a_statement_is_named_by_the_verb_that_runs_it_and_no_other_is() -> None:
    named = [each.name for part in PARTS for each in vars(part).values() if isinstance(each, Statement)]
    assert sorted(named) == sorted(STATEMENTS)
    assert {".".join(name.split(".")[:2]) for name in named} <= verbs()
    assert {name.split(".")[0] for name in named} == {verb.split(".")[0] for verb in verbs() if "." in verb}
    assert set(STATEMENTS) >= WHOLE


def statements(call: Callable[[], object]) -> list[str]:
    """The statements that read or write data, transactions' own left out."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return [query["sql"] for query in captured.captured_queries if not NOT_DATA.match(query["sql"])]


def read_whole(sql: str, values: Sequence[Any] | None = None) -> list[str]:
    """The tables and indexes that the database would read from end to end for this statement."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            return [detail for *_, detail in cursor.fetchall() if detail.startswith("SCAN tokens_")]
        if connection.vendor == "mysql":
            cursor.execute(f"EXPLAIN {sql}", values)
            names = [column[0] for column in cursor.description]
            plan = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            # Here too: what counts is that there is an index to look in.
            # A list of keys that the statement brings itself is no table: `<derived2>`.
            tables = [step for step in plan if not str(step["table"]).startswith("<derived")]
            whole = [step for step in tables if step["type"] in ("ALL", "index") and step["select_type"] != "INSERT"]
            return [str(step) for step in whole if step["possible_keys"] is None]
        # Small tables are read whole, indexes or not.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", values)
        (plan,) = cursor.fetchone()
    scans = [node for node in nodes(plan[0]["Plan"]) if "Relation Name" in node and node["Node Type"] != "ModifyTable"]
    return [str(scan) for scan in scans if not {"Index Cond", "TID Cond", "Recheck Cond"} & set(scan)]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)
