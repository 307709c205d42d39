"""What the store in memory holds. The functions say what they do in `tests.support.held.tables`."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from tests.support.held.tables import LONG_AGO
from tokens.protocol import records
from tokens.protocol.records import ClientSecret
from tokens.stores import store
from tokens.stores.memory.state import RING, State
from tokens.work import cleanup

Record = TypeVar("Record")

TABLES: Mapping[type, Callable[[State], MutableMapping[Any, Any]]] = {
    records.AccessToken: lambda state: state.access_tokens,
    records.Authorization: lambda state: state.authorizations,
    records.AuthorizationCode: lambda state: state.codes,
    records.Consent: lambda state: state.consents,
    records.Interaction: lambda state: state.interactions,
    records.LogoutDelivery: lambda state: state.deliveries,
    records.RefreshToken: lambda state: state.refresh_tokens,
}
LOOKS: Mapping[str, Callable[[object, object], bool]] = {
    "": lambda value, wanted: value == wanted,
    "isnull": lambda value, wanted: (value is None) is wanted,
}
"""What a column may be asked for, as Django writes it: `spent_at=None`, `spent_at__isnull=False`."""


def held(kind: type[Record], **columns: Any) -> list[Record]:
    return [row for _, row in _rows(kind, columns)]


def only(kind: type[Record], **columns: Any) -> Record:
    (record,) = held(kind, **columns)
    return record


def change(kind: type, values: Mapping[str, Any], **columns: Any) -> None:
    if kind is ClientSecret:
        _change_secrets(values)
        return
    table = TABLES[kind](_state())
    for name, row in _rows(kind, columns):
        table[name] = replace(row, **values)


def let_end(kind: type, at: datetime, **columns: Any) -> None:
    change(kind, {"expires": at}, **columns)


def forget(kind: type, **columns: Any) -> None:
    table = TABLES[kind](_state())
    for name, _ in _rows(kind, columns):
        del table[name]


def sweep(kind: type) -> int:
    before = len(held(kind))
    cleanup.delete_expired()
    return before - len(held(kind))


def written(kind: type, **columns: Any) -> str:
    return repr(held(kind, **columns))


def everything_written() -> str:
    state = _state()
    return repr([state.clients, state.resources, state.rings, state.rechecks, *state.tables.values()])


def forget_everything() -> None:
    """Nothing: no other process has it."""


def add_keys(keys: Iterable[records.SigningKey]) -> None:
    for key in keys:
        assert store().keys.add(key)


def let_keys_be(state: str, **columns: Any) -> None:
    changed = {kid: replace(key, state=cast(records.KeyState, state)) for kid, key in _ring() if fits(key, columns)}
    _state().rings[RING] = {**dict(_ring()), **changed}


def forget_keys(**columns: Any) -> None:
    _state().rings[RING] = {kid: key for kid, key in _ring() if not fits(key, columns)}


def let_keys_be_older(ago: timedelta) -> None:
    _state().rings[RING] = {kid: replace(key, since=key.since - ago) for kid, key in _ring()}


def let_leases_run_out() -> None:
    _change_leases(until=LONG_AGO)


def let_tasks_be_due() -> None:
    _change_leases(until=None, slot=0)


def rechecks() -> list[datetime]:
    return [each.due for each in _state().rechecks]


def let_rechecks_be_due(at: datetime) -> None:
    _state().rechecks[:] = [replace(each, due=at) for each in _state().rechecks]


def pass_time_for_notices(ago: timedelta) -> None:
    for name, row in _rows(records.LogoutDelivery, {"due__isnull": False}):
        _state().deliveries[name] = replace(row, due=row.due - ago, created=row.created - ago)


def voided() -> dict[str, datetime]:
    return {key: entry.expires for key, entry in _state().revocations.items()}


def _state() -> State:
    """What the parts of the store share: each of them has it."""
    return cast(State, cast(Any, store().clients)._state)


def _rows(kind: type, columns: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """By their keys, in the order of these."""
    if kind is ClientSecret:
        clients = _state().clients.values()
        rows = [(int(secret.id), secret) for client in clients for secret in client.secrets]
    else:
        rows = list(TABLES[kind](_state()).items())
    return sorted(((name, row) for name, row in rows if fits(row, columns)), key=lambda each: each[0])


def fits(row: object, columns: Mapping[str, Any]) -> bool:
    """Whether these columns of it say so."""
    looks = ((*column.partition("__"), wanted) for column, wanted in columns.items())
    return all(LOOKS[look](getattr(row, name), wanted) for name, _, look, wanted in looks)


def _change_secrets(values: Mapping[str, Any]) -> None:
    clients = _state().clients
    for client_id, client in list(clients.items()):
        clients[client_id] = replace(client, secrets=tuple(replace(each, **values) for each in client.secrets))


def _change_leases(**values: Any) -> None:
    leases = _state().leases
    for task, lease in list(leases.items()):
        leases[task] = replace(lease, **values)


def _ring() -> list[tuple[str, records.SigningKey]]:
    return list((_state().rings.get(RING) or {}).items())
