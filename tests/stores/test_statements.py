"""What the store's verbs ask of the database: how many statements, and whether an index finds the row."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.stores import rows, samples
from tests.stores.samples import CLIENT, END, INSTANT, NOW
from tests.stores.verbs import verbs
from tokens.protocol import journal
from tokens.protocol.records import Claim, LogoutDelivery
from tokens.stores.base import EXPIRING, REFERRING
from tokens.stores.orm import OrmStore, dialects

pytestmark = pytest.mark.django_db

NOT_DATA = re.compile("BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE")

authorization, token, opaque, code, waiting, consent = (
    samples.authorization(),
    samples.refresh_token(),
    samples.access_token(),
    samples.code(),
    samples.interaction(),
    samples.consent(),
)
notice = LogoutDelivery(
    id=1, client_id=CLIENT, subject=authorization.subject, sid=authorization.sid, created=NOW, attempts=0, due=NOW
)
coming, retiring = (samples.signing_key(state=state, alg="RS256") for state in ("next", "retiring"))
CALLS: dict[str, Callable[[OrmStore], object]] = {
    "client": lambda store: store.client(CLIENT),
    "note_secret_use": lambda store: store.note_secret_use(CLIENT, "a" * 64, NOW, timedelta(minutes=5)),
    "resources": lambda store: store.resources(["urn:a", "urn:b"]),
    "consent": lambda store: store.consent(consent.subject, CLIENT, NOW),
    "grant_consent": lambda store: store.grant_consent(samples.consent(subject=consent.subject)),
    "add_authorization": lambda store: store.add_authorization(samples.authorization(), samples.refresh_token()),
    "authorization": lambda store: store.authorization(authorization.id, NOW),
    "withdraw_consent": lambda store: store.withdraw_consent(consent.id),
    "revoke": lambda store: store.revoke(journal.authorization(authorization.id), END),
    "revoke_until_now": lambda store: store.revoke_until_now(journal.subject(authorization.subject), END),
    "revoked": lambda store: store.revoked(list(journal.of(authorization)), NOW),
    "add_access_token": lambda store: store.add_access_token(samples.access_token()),
    "access_token": lambda store: store.access_token(opaque.key, NOW),
    "add_refresh_token": lambda store: store.add_refresh_token(samples.refresh_token()),
    "consume_refresh_token": lambda store: store.consume_refresh_token(token.key, CLIENT, NOW),
    "refresh_token": lambda store: store.refresh_token(token.key, CLIENT),
    "extend_refresh_token": lambda store: store.extend_refresh_token(token.key, END + INSTANT),
    "use_client_assertion": lambda store: store.use_client_assertion(CLIENT, samples.handle(), END),
    "add_code": lambda store: store.add_code(samples.code()),
    "consume_code": lambda store: store.consume_code(code.key, CLIENT, NOW),
    "code": lambda store: store.code(code.key, CLIENT),
    "add_interaction": lambda store: store.add_interaction(samples.interaction()),
    "interaction": lambda store: store.interaction(waiting.key, waiting.browser, NOW),
    "bind_interaction": lambda store: store.bind_interaction(waiting.key, waiting.browser, ["seen@0.a"], NOW),
    "record_step": lambda store: store.record_step(waiting.key, waiting.browser, "denied@0.a", NOW),
    "consume_interaction": lambda store: store.consume_interaction(waiting.key, waiting.browser, NOW),
    "keys": lambda store: store.keys(),
    "add_key": lambda store: store.add_key(samples.signing_key()),
    "activate_key": lambda store: store.activate_key(coming, 0),
    "retire_key": lambda store: store.retire_key(retiring, 0),
    "revoke_key": lambda store: store.revoke_key(retiring.kid),
    "hold_run": lambda store: store.hold_run(Claim("a task", 1), 60),
    "finish_run": lambda store: store.finish_run(Claim("a task", 1), {}, ""),
    "tasks": lambda store: store.tasks(),
    "lag": lambda store: store.lag(3600),
    "referrers": lambda store: store.referrers("authorization", "", 10),
    "gone": lambda store: store.gone("client", ["a", "b"]),
    "queue_session_logout": lambda store: store.queue_session_logout(str(authorization.sid), authorization.subject, 0),
    "queue_subject_logout": lambda store: store.queue_subject_logout(authorization.subject, 0),
    "queue_late_logouts": lambda store: store.queue_late_logouts(10),
    "clients_owed_logout": lambda store: store.clients_owed_logout(10),
    "claim_logout": lambda store: store.claim_logout(CLIENT, 60),
    "close_logout": lambda store: store.close_logout(notice, "answered 200", END, delivered=True),
    "postpone_logout": lambda store: store.postpone_logout(notice, "answered 500", 10),
    "reopen_logout": lambda store: store.reopen_logout(notice.id),
}
OUTBOX = {"queue_session_logout": 3, "queue_subject_logout": 3, "queue_late_logouts": 5, "claim_logout": 2}
"""However many clients are told: who is to be, the notices, and what is to be looked at again. At that second look:
what is due, who was given tokens in the sessions and by the people, the notices, and the end of it."""
SPEND = ("consume_code", "consume_refresh_token")
LOOKUPS = (
    "client",
    "note_secret_use",
    "resources",
    "access_token",
    "consent",
    "withdraw_consent",
    "add_authorization",
    "authorization",
    "revoke",
    "revoke_until_now",
    "revoked",
    "consume_refresh_token",
    "refresh_token",
    "extend_refresh_token",
    "consume_code",
    "code",
    "interaction",
    "bind_interaction",
    "record_step",
    "consume_interaction",
    "hold_run",
    "finish_run",
    "gone",
    "claim_logout",
    "close_logout",
    "postpone_logout",
    "reopen_logout",
)


@pytest.fixture
def store() -> OrmStore:
    """One that holds what CALLS ask for."""
    made = OrmStore()
    rows.add_client(samples.client())
    made.grant_consent(consent)
    made.add_authorization(authorization, token)
    made.add_access_token(opaque)
    made.add_code(code)
    made.add_interaction(waiting)
    made.add_key(coming)
    made.add_key(retiring)
    made.claim_run("a task", 60, 60, timedelta(days=1), "a node")
    made.queue_session_logout(str(authorization.sid), authorization.subject, 0)
    made.queue_subject_logout(authorization.subject, 0)
    return made


@pytest.mark.parametrize("verb", CALLS)
def test_a_verb_is_one_statement(store: OrmStore, verb: str) -> None:
    words = dialects.dialect()
    counted = {"activate_key": 2, "finish_run": 2} | OUTBOX
    counted |= {} if words.write_in_cte else {"add_authorization": 2}
    counted |= {} if words.returning else dict.fromkeys(SPEND, 2)
    assert len(statements(lambda: CALLS[verb](store))) == counted.get(verb, 1)


def test_a_database_that_cannot_add_to_two_tables_at_once_takes_a_statement_for_each(
    store: OrmStore, without: Callable[..., None]
) -> None:
    without("write_in_cte")
    assert len(statements(lambda: store.add_authorization(samples.authorization(), samples.refresh_token()))) == 2
    assert len(statements(lambda: store.add_authorization(samples.authorization()))) == 1


def test_every_verb_is_counted() -> None:
    # Some differ between databases, or with what is there: below.
    others = {"unit", "in_unit", "delete_expired", "delete_orphans", "claim_run"}
    assert set(CALLS) == verbs() - others


def test_a_run_is_claimed_in_a_few_statements_and_refused_in_two(store: OrmStore) -> None:
    def claim() -> object:
        return store.claim_run("another", 3600, 60, timedelta(days=1), "a node")

    assert [len(statements(claim)) for _ in range(2)] == [6, 2]


@pytest.mark.parametrize("kind", REFERRING)
def test_an_index_finds_orphans(store: OrmStore, kind: str) -> None:
    found = statements(lambda: store.delete_orphans(kind, ["a"], 3600))
    found += statements(lambda: store.referrers(kind, "a", 10))
    assert [read_whole(sql) for sql in found] == [[] for _ in found]


def test_an_index_finds_the_oldest_rows(store: OrmStore) -> None:
    assert len(statements(lambda: store.lag(3600))) == 1


IMPOSSIBLE: dict[str, tuple[object, ...]] = {
    "client": ("a\x00",),
    "note_secret_use": ("a\x00", "a" * 64, NOW, timedelta()),
    "resources": (["a\x00"],),
    "access_token": ("a\x00", NOW),
    "authorization": ("a\x00", NOW),
    "consent": ("alice", CLIENT, NOW),
    "withdraw_consent": ("a\x00",),
    "revoked": (["a\x00"], NOW),
    "revoke_key": ("a\x00",),
    "code": ("a\x00", CLIENT),
    "consume_code": ("a\x00", CLIENT, NOW),
    "refresh_token": ("a\x00", CLIENT),
    "consume_refresh_token": ("a\x00", CLIENT, NOW),
    "extend_refresh_token": ("a\x00", NOW),
    "interaction": ("a\x00", waiting.browser, NOW),
    "bind_interaction": ("a\x00", waiting.browser, (), NOW),
    "claim_logout": ("a\x00", 60),
}


@pytest.mark.parametrize("verb", IMPOSSIBLE)
def test_what_cannot_be_is_not_looked_up(store: OrmStore, verb: str) -> None:
    assert statements(lambda: getattr(store, verb)(*IMPOSSIBLE[verb])) == []


def test_a_batch_of_clean_up_is_one_statement_where_rows_have_a_place(store: OrmStore) -> None:
    expected = 1 if connection.vendor == "postgresql" else 2
    store.add_code(samples.code())
    assert len(statements(lambda: store.delete_expired("authorization_code", 3600, 10))) == expected


@pytest.mark.parametrize("verb", SPEND)
def test_a_database_that_cannot_return_what_it_changed_takes_two_statements_to_spend(
    store: OrmStore, without: Callable[..., None], verb: str
) -> None:
    without("returning")
    assert len(statements(lambda: CALLS[verb](store))) == 2


@pytest.mark.parametrize("verb", LOOKUPS)
def test_an_index_finds_the_row(store: OrmStore, verb: str) -> None:
    found = statements(lambda: CALLS[verb](store))
    assert [read_whole(sql) for sql in found] == [[] for _ in found]


@pytest.mark.parametrize("kind", EXPIRING)
def test_an_index_finds_what_expired(store: OrmStore, kind: str) -> None:
    for sql in statements(lambda: store.delete_expired(kind, 3600, 10)):
        assert read_whole(sql) == []


def statements(call: Callable[[], object]) -> list[str]:
    """The statements that read or write data, transactions' own left out."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return [query["sql"] for query in captured.captured_queries if not NOT_DATA.match(query["sql"])]


def read_whole(sql: str) -> list[str]:
    """The tables and indexes that the database would read from end to end for this statement."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return [detail for *_, detail in cursor.fetchall() if detail.startswith("SCAN tokens_")]
        if connection.vendor == "mysql":
            cursor.execute(f"EXPLAIN {sql}")
            names = [column[0] for column in cursor.description]
            plan = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            # Here too: what counts is that there is an index to look in.
            whole = [step for step in plan if step["type"] in ("ALL", "index") and step["select_type"] != "INSERT"]
            return [str(step) for step in whole if step["possible_keys"] is None]
        # Small tables are read whole whatever indexes they have.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        (plan,) = cursor.fetchone()
    scans = [node for node in nodes(plan[0]["Plan"]) if "Relation Name" in node and node["Node Type"] != "ModifyTable"]
    return [str(scan) for scan in scans if not {"Index Cond", "TID Cond", "Recheck Cond"} & set(scan)]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)
