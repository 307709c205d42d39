"""Every write is of one declared kind, and every kind is written: the page of the tables is true."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.ground import clock
from accounts.ground.dynamodb.client import client_of
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK, TTL
from accounts.stores.base import Store as StoreOfPeople
from accounts.stores.dynamodb.store import store_of as store_of_people
from tests.stores import calls, samples
from tests.stores.accounts import calls as calls_of_people
from tests.stores.dynamodb.judge import Judge
from tests.stores.dynamodb.own import Settings
from tests.stores.samples import CLIENT, END, INSTANT, NOW
from tests.support.commits import commits
from tests.support.dynamodb import keep_what_expired
from tokens.conf import conf
from tokens.protocol import journal
from tokens.stores.base import Store
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.kinds import KINDS, at
from tokens.stores.dynamodb.page import page
from tokens.stores.dynamodb.store import store_of
from tokens.stores.dynamodb.tables import TABLES

ROOT = Path(__file__).parents[3]
REGION = "0"


NOT_HERE = ("sweeping.lag", "consents.find")
"""This store does not sweep, and lists what is of a person, not what is of a client."""


@pytest.fixture
def client(operator: Any, own: Settings) -> Any:
    Tables(operator, own()).create()
    keep_what_expired(operator, own().prefix)
    return client_of(own(), 1)


@pytest.fixture
def judge(client: Any, own: Settings) -> Iterator[Judge]:
    judge = Judge(own().prefix, REGION)
    with judge.watching(client):
        yield judge


@pytest.fixture
def people(client: Any, own: Settings) -> StoreOfPeople:
    return store_of_people(State(Service(client), own().prefix, "", clock.now))


@pytest.fixture
def store(client: Any, own: Settings, db: None) -> Iterator[Store]:
    with commits():
        yield store_of(State(Service(client), own().prefix, REGION, clock.now))


def test_the_page_of_the_tables_says_what_the_kinds_are() -> None:
    made = "python -m tokens.stores.dynamodb.page > docs/dynamodb-tables.md"
    assert (ROOT / "docs/dynamodb-tables.md").read_text() == page(), made


def test_every_write_is_of_one_kind_and_every_kind_is_written(
    store: Store, people: StoreOfPeople, judge: Judge
) -> None:
    calls.fill(store)
    for name, call in calls.CALLS.items():
        if name not in NOT_HERE:
            call(store)
    for void in (journal.session("0.s"), journal.consent("0.c"), journal.token("0.t")):
        store.journal.revoke(void, END)
        store.journal.revoke(void, END + INSTANT)
    store.journal.revoke_until(journal.client(CLIENT), NOW, END)
    assert store.fits is not None
    store.fits.note("0" * 64, END)
    calls_of_people.fill(people)
    assert judge.seen == set(KINDS)
    assert {name: size for name, size in judge.sizes.items() if size > KINDS[name].size} == {}


def test_a_kind_is_of_a_part_that_there_is_and_of_a_table_that_ends_where_it_does() -> None:
    parts = {field.name for kind in (Store, StoreOfPeople) for field in fields(kind)}
    for kind in KINDS.values():
        assert kind.part in parts
        assert bool(kind.ends) != bool(kind.for_ever)
        assert bool(kind.sk) == TABLES[kind.table].sorted
    ending = {kind.table for kind in KINDS.values() if kind.ends}
    assert {name for name in ending if not TABLES[name].ends} == set()


HOSTILE = ("a", "a:b", "a#b", "a\nb", "-", "sid:a", "ü" * 9, "told:a:b", "code:a")


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_client_or_a_person_is_called_an_item_of_theirs_is_of_one_kind(text: str) -> None:
    places = [
        ("what a person was given", ("long_lived_authorizations", f"subject:{text}", "0.id")),
        ("a session by a client's name for it", ("long_lived_authorizations", f"told:{text}:{text}", "0.id")),
        ("consent", ("long_lived_authorizations", f"consents:{text}", "digest#0")),
        ("person void up to an instant", ("revocation_journal", f"subject:{text}", "0")),
        ("client void up to an instant", ("revocation_journal", f"client:{text}", "0")),
        ("client", ("clients", f"client:{text}", "")),
        ("logout notice", ("outbox", f"client:{text}", "1.a")),
        ("lead to a notice that is due", ("outbox", f"due:{text}", "1#1.a")),
        ("client that is owed notices", ("outbox", "owed", f"client:{text}")),
        ("what is noted of a client", ("secret_use", f"client:{text}", "")),
    ]
    assert [(name, [kind.name for kind in at(*place)]) for name, place in places] == [
        (name, [name]) for name, _ in places
    ]


def test_a_kind_that_ends_is_void_at_its_instant_though_it_is_there(client: Any, store: Store, own: Settings) -> None:
    token, opaque, code, waiting = (
        samples.refresh_token(),
        samples.access_token(),
        samples.code(),
        samples.interaction(),
    )
    consent, authorization = samples.consent(), samples.authorization()
    store.authorizations.add(authorization, token)
    store.access_tokens.add(opaque)
    store.codes.add(code)
    store.interactions.add(waiting)
    store.consents.grant(consent)
    found: dict[str, Callable[[datetime], object]] = {
        "authorization": lambda now: store.authorizations.get(authorization.id, now),
        "refresh token": lambda now: store.refresh_tokens.consume(token.key, CLIENT, now),
        "opaque access token": lambda now: store.access_tokens.get(opaque.key, now),
        "authorization code": lambda now: store.codes.consume(code.key, CLIENT, now),
        "interaction": lambda now: store.interactions.get(waiting.key, waiting.browser, now),
        "consent": lambda now: store.consents.get(consent.subject, CLIENT, now),
    }
    assert {name: look(END) for name, look in found.items()} == dict.fromkeys(found)
    assert [name for name, look in found.items() if look(END - INSTANT) is None] == []
    left = [item for table in TABLES for item in client.scan(TableName=f"{own().prefix}{table}")["Items"]]
    assert {item[PK]["S"] for item in left} >= {authorization.id, str(token.key), str(opaque.key)}
    assert all(TTL in item for item in left)


def test_a_spending_outlives_the_token_that_another_request_extends_at_this_moment(
    client: Any, store: Store, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its client was told to rotate, and the other request began before."""
    token = samples.refresh_token(expires=NOW + timedelta(days=1))
    store.refresh_tokens.add(token)
    write = State.write

    def after_it_was_spent(state: State, *given: Any) -> None:
        assert store.refresh_tokens.consume(token.key, CLIENT, NOW) is not None
        write(state, *given)

    monkeypatch.setattr(State, "write", after_it_was_spent)
    store.refresh_tokens.extend(token.key, NOW + timedelta(seconds=conf().refresh_token_idle))
    asked = {"KeyConditionExpression": "pk = :key", "ExpressionAttributeValues": {":key": {"S": token.key}}}
    items = client.query(TableName=f"{own().prefix}long_lived_authorizations", **asked)["Items"]
    spending, held = sorted(items, key=lambda item: str(item["sk"]["S"]))
    assert held["expires"]["N"] > str(int(token.expires.timestamp() * 1_000_000))
    assert int(spending[TTL]["N"]) >= int(held[TTL]["N"])


@pytest.mark.parametrize(
    ("said", "write"),
    [
        ("has to be of one kind", {"table": "runs", "item": {"pk": "a", "sk": "b"}}),
        ("are not all declared", {"table": "id_access_tokens", "item": {"pk": "0.a", "expires": 1, "more": 1}}),
        ("it lacks", {"table": "id_access_tokens", "item": {"pk": "0.a", "expires": 1}}),
        ("is not its end", {"table": "id_access_tokens", "item": {"pk": "0.a", "record": "", "expires": 1, TTL: 1}}),
        ("was given a time to live", {"table": "signing_keys", "item": {"pk": "ring:0", "keys": "", TTL: 1}}),
        ("of a later version", {"table": "clients", "item": {"pk": "client:a", "version": 1, "since": 1}}),
        ("and 0 wrote it", {"table": "signing_keys", "item": {"pk": "ring:1", "keys": "", "version": 1, "by": ""}}),
    ],
)
def test_the_judge_refuses(client: Any, judge: Judge, own: Settings, said: str, write: dict[str, Any]) -> None:
    item = {name: {"N" if isinstance(each, int) else "S": str(each)} for name, each in write["item"].items()}
    if said == "was given a time to live":
        item |= {"version": {"N": "1"}, "by": {"S": "x"}}
    with pytest.raises(AssertionError, match=said):
        client.put_item(TableName=f"{own().prefix}{write['table']}", Item=item)
