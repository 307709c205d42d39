"""What the store in DynamoDB holds; clients are in the database, but for when their secrets were used. The functions
say what they do in `tests.support.held.tables`."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from accounts.ground.dynamodb import items
from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.dynamodb.items import EXPIRES, Item, Value, instant, micros, number
from accounts.ground.dynamodb.tables import PK, SK, TTL
from tests.support.dynamodb import client
from tests.support.held import tables
from tests.support.held.in_memory import add_keys as _add_keys
from tests.support.held.in_memory import fits
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.protocol.records import codec
from tokens.stores import store
from tokens.stores.dynamodb import marks, notices, published, runs
from tokens.stores.dynamodb.authorizations import AUTHORIZATION
from tokens.stores.dynamodb.codes import SPENT_AT
from tokens.stores.dynamodb.interactions import ANSWERED, BROWSER, STEPS
from tokens.stores.dynamodb.keys import KEYS, VERSION
from tokens.stores.dynamodb.records import RECORD, ending, record_of
from tokens.stores.dynamodb.refresh_tokens import AT, SPENDING, TOKEN
from tokens.stores.dynamodb.tables import TABLES

Record = TypeVar("Record")
LONG = "long_lived_authorizations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`is_one`: whether an item of the table is. `said`: what it, and those beside it, say in another way than its
    record. `differs`: how that is written."""

    table: str
    is_one: Callable[[Item], bool] = lambda item: True
    said: Callable[[Item, Sequence[Item]], Mapping[str, Any]] = lambda item, beside: {}
    differs: Callable[[Any], Mapping[str, Value | None]] = lambda record: {}


def _code(item: Item, beside: Sequence[Item]) -> Mapping[str, Any]:
    return {"spent_at": instant(number(item, SPENT_AT))} if SPENT_AT in item else {}


def _interaction(item: Item, beside: Sequence[Item]) -> Mapping[str, Any]:
    steps = cast(frozenset[str], item.get(STEPS, frozenset()))
    return {"browser": Key(str(item[BROWSER])), "steps": frozenset(map(records.Done.from_text, steps))}


def _spent(item: Item, beside: Sequence[Item]) -> Mapping[str, Any]:
    at = [number(each, AT) for each in beside if AT in each]
    return {"expires": instant(number(item, EXPIRES)), "spent_at": instant(min(at)) if at else None}


def _said_of_a_notice(item: Item, beside: Sequence[Item]) -> Mapping[str, Any]:
    found = notices._delivery(item)
    return {field.name: getattr(found, field.name) for field in fields(found)}


def _notice(held: records.LogoutDelivery) -> Mapping[str, Value | None]:
    at = {notices.DUE: held.due, notices.DELIVERED_AT: held.delivered_at}
    said = {name: micros(instant) if instant is not None else None for name, instant in at.items()}
    return {**said, notices.ATTEMPTS: held.attempts, notices.OUTCOME: held.outcome or None}


KINDS: Mapping[type, Kind] = {
    records.AccessToken: Kind(table="id_access_tokens"),
    records.Authorization: Kind(table=LONG, is_one=lambda item: item[SK] == AUTHORIZATION),
    records.AuthorizationCode: Kind(
        table="one_time",
        is_one=lambda item: str(item[PK]).startswith("code:"),
        said=_code,
        differs=lambda code: {SPENT_AT: micros(code.spent_at) if code.spent_at is not None else None},
    ),
    records.Consent: Kind(table=LONG, is_one=lambda item: str(item[PK]).startswith("consents:")),
    records.Interaction: Kind(
        table="one_time",
        is_one=lambda item: str(item[PK]).startswith("interaction:") and ANSWERED not in item,
        said=_interaction,
        differs=lambda held: {BROWSER: held.browser, STEPS: frozenset(each.as_text() for each in held.steps) or None},
    ),
    records.LogoutDelivery: Kind(
        table=notices.TABLE,
        is_one=lambda item: str(item[PK]).startswith("client:"),
        said=_said_of_a_notice,
        differs=_notice,
    ),
    records.RefreshToken: Kind(table=LONG, is_one=lambda item: item[SK] == TOKEN, said=_spent),
}


def held(kind: type[Record], **columns: Any) -> list[Record]:
    if kind is records.ClientSecret:
        return cast(list[Record], _secrets())
    return [record for _, record in _rows(kind, columns)]


def only(kind: type[Record], **columns: Any) -> Record:
    (record,) = held(kind, **columns)
    return record


def change(kind: type, values: Mapping[str, Any], **columns: Any) -> None:
    if kind is records.ClientSecret:
        tables.change(kind, values, **columns)
        _note_uses(values["last_used"])
        return
    for item, record in _rows(kind, columns):
        changed = replace(record, **values)
        plain = codec.to_json(changed)
        if kind is records.Interaction:
            plain["steps"] = []
        if kind is records.RefreshToken:
            plain["spent_at"] = None
            _let_be_spent(item, changed.spent_at)
        ends = max(filter(None, [changed.expires, getattr(changed, "kept_until", None)]), default=None)
        until = ending(ends) if ends is not None else {}
        _put(KINDS[kind].table, {**item, RECORD: json.dumps(plain), **until, **KINDS[kind].differs(changed)})


def let_end(kind: type, at: datetime, **columns: Any) -> None:
    change(kind, {"expires": at}, **columns)


def forget(kind: type, **columns: Any) -> None:
    for item, _ in _rows(kind, columns):
        _delete(KINDS[kind].table, item)


def sweep(kind: type) -> int:
    before, now = len(held(kind)), datetime.now(UTC).timestamp()
    for table in TABLES:
        for item in list(_items(table)):
            if TTL in item and number(item, TTL) <= now:
                _delete(table, item)
    return before - len(held(kind))


def written(kind: type, **columns: Any) -> str:
    return repr([item for item, _ in _rows(kind, columns)])


def everything_written() -> str:
    return repr([list(_items(name)) for name in TABLES]) + tables.everything_written()


def forget_everything() -> None:
    for table in TABLES:
        for item in list(_items(table)):
            _delete(table, item)


def add_keys(keys: Iterable[records.SigningKey]) -> None:
    _add_keys(keys)


def let_keys_be(state: str, **columns: Any) -> None:
    _change_ring(lambda key: replace(key, state=cast(records.KeyState, state)) if fits(key, columns) else key)


def forget_keys(**columns: Any) -> None:
    _change_ring(lambda key: None if fits(key, columns) else key)


def let_keys_be_older(ago: timedelta) -> None:
    _change_ring(lambda key: replace(key, since=key.since - ago))


def let_leases_run_out() -> None:
    _change_leases({runs.UNTIL: micros(tables.LONG_AGO)})


def let_tasks_be_due() -> None:
    _change_leases({runs.UNTIL: 0, runs.INTERVAL: 0})


def rechecks() -> list[datetime]:
    return [instant(number(item, notices.DUE)) for item in _rechecks()]


def let_rechecks_be_due(at: datetime) -> None:
    for item in _rechecks():
        _delete(notices.TABLE, item)
        token = str(item[SK]).partition("#")[2]
        _put(notices.TABLE, {**item, SK: f"{notices.stamp(at)}#{token}", notices.DUE: micros(at)})


def pass_time_for_notices(ago: timedelta) -> None:
    for _, waiting in _rows(records.LogoutDelivery, {"due__isnull": False}):
        due = waiting.due - ago
        change(records.LogoutDelivery, {"due": due, "created": waiting.created - ago}, id=waiting.id)
        for table, pk, sk in notices._lead(waiting, waiting.due):
            _delete(table, {PK: pk, SK: sk})
        for (table, pk, sk), lead in notices._lead(waiting, due).items():
            _put(table, {PK: pk, SK: sk, **lead})


def voided() -> dict[str, datetime]:
    return {str(item[PK]): instant(number(item, EXPIRES)) for item in _items("revocation_journal")}


def _rows(kind: type, columns: Mapping[str, Any]) -> list[tuple[Item, Any]]:
    """Items and their records, by their keys, in the order of these."""
    beside: defaultdict[str, list[Item]] = defaultdict(list)
    for item in _items(KINDS[kind].table):
        beside[str(item[PK])].append(item)
    rows: list[tuple[Item, Any]] = [
        (item, replace(record_of(kind, item), **KINDS[kind].said(item, items)))
        for _, items in sorted(beside.items())
        for item in items
        if KINDS[kind].is_one(item)
    ]
    wanted = {name: str(value) if isinstance(value, UUID) else value for name, value in columns.items()}
    return [(item, record) for item, record in rows if fits(record, wanted)]


def _rechecks() -> list[Item]:
    return [item for item in _items(notices.TABLE) if str(item[PK]).startswith("recheck:")]


def _secrets() -> list[records.ClientSecret]:
    """With when they were used, as is noted beside the client."""
    found = [store().clients.get(client_id) for client_id in tables.client_ids()]
    secrets = [secret for client in found if client is not None for secret in client.secrets]
    return sorted(secrets, key=lambda secret: int(secret.id))


def _note_uses(at: datetime | None) -> None:
    """All secrets were used then; None: never."""
    for item in list(_items(marks.TABLE)):
        _delete(marks.TABLE, item)
    for item in list(_items(published.TABLE)):
        client = published.client_of(item)
        if client is not None and at is not None:
            uses = {marks._secret(published.since(item), each.digest): micros(at) for each in client.secrets}
            _put(marks.TABLE, {PK: f"client:{client.client_id}", **uses})


def _items(table: str) -> Iterator[Item]:
    pages = client().get_paginator("scan").paginate(TableName=_named(table), ConsistentRead=True)
    return (items.read(each) for page in pages for each in page["Items"])


def _put(table: str, item: Mapping[str, Value | None]) -> None:
    client().put_item(TableName=_named(table), Item=items.written(item))


def _delete(table: str, item: Item) -> None:
    key = {name: value for name, value in item.items() if name in (PK, SK)}
    client().delete_item(TableName=_named(table), Key=items.written(key))


def _named(table: str) -> str:
    return f"{dynamodb().prefix}{table}"


def _let_be_spent(token: Item, at: datetime | None) -> None:
    """Its spending, an item beside it."""
    for item in _items(LONG):
        if item[PK] == token[PK] and str(item[SK]).startswith(SPENDING):
            if at is None:
                _delete(LONG, item)
            else:
                _put(LONG, {**item, AT: micros(at)})


def _change_leases(values: Mapping[str, Value]) -> None:
    for item in list(_items(runs.TABLE)):
        if item[PK] == runs.LEASES:
            _put(runs.TABLE, {**item, **values})


def _change_ring(changed: Callable[[records.SigningKey], records.SigningKey | None]) -> None:
    for item in _items("signing_keys"):
        held = [changed(codec.from_json(records.SigningKey, each)) for each in json.loads(str(item[KEYS]))]
        ring = json.dumps([codec.to_json(key) for key in held if key is not None])
        _put("signing_keys", {**item, KEYS: ring, VERSION: number(item, VERSION) + 1})
