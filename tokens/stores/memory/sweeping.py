"""What is deleted because it expired, or because what it names is gone."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from tokens.protocol.records import Referrer
from tokens.stores.base.kinds import END
from tokens.stores.base.sweeping import Parent
from tokens.stores.memory.state import State


class Sweeping:
    def __init__(self, state: State) -> None:
        self._state = state

    def delete_expired(self, kind: str, grace: float, limit: int) -> int:
        cutoff = self._state.clock() - timedelta(seconds=grace)
        with self._state.lock:
            rows = self._state.tables[kind]
            expired = [name for name, end in _ends(kind, rows).items() if end < cutoff][:limit]
            for name in expired:
                del rows[name]
        return len(expired)

    def lag(self, grace: float) -> Mapping[str, float]:
        cutoff = self._state.clock() - timedelta(seconds=grace)
        with self._state.lock:
            tables = self._state.tables.items()
            oldest = {kind: min(_ends(kind, rows).values(), default=cutoff) for kind, rows in tables}
        return {kind: max(0.0, (cutoff - end).total_seconds()) for kind, end in oldest.items()}

    def referrers(self, kind: str, after: str, limit: int) -> list[Referrer]:
        with self._state.lock:
            named = (_referrer(kind, row) for row in self._state.tables[kind].values())
            return sorted((one for one in named if one.key > after), key=lambda one: one.key)[:limit]

    def gone(self, parent: Parent, ids: Collection[str]) -> set[str]:
        parents: Mapping[Parent, Mapping[str, object]] = {
            "client": self._state.clients,
            "authorization": self._state.authorizations,
        }
        with self._state.lock:
            return set(ids) - parents[parent].keys()

    def delete_orphans(self, kind: str, keys: Collection[str], grace: float) -> int:
        before = self._state.clock() - timedelta(seconds=grace)
        with self._state.lock:
            table = self._state.tables[kind]
            named = [name for name, row in table.items() if _referrer(kind, row).key in keys]
            deleted = [name for name in named if table.added[name] < before]
            for name in deleted:
                del table[name]
            return len(deleted)


def _ends(kind: str, rows: dict[Any, Any]) -> dict[Any, datetime]:
    """When each row ends; what has no end yet is not among them."""
    ends = {name: getattr(row, END.get(kind, "expires")) or row.expires for name, row in rows.items()}
    return {name: end for name, end in ends.items() if end is not None}


def _referrer(kind: str, row: Any) -> Referrer:
    match kind:
        case "authorization_code":
            named = row.authorization
            return Referrer(key=row.key, client_id=named.client_id, subject=named.subject)
        case "interaction":
            return Referrer(key=row.key, client_id=row.parameters.get("client_id"))
        case "access_token":
            ids = {name: row.claims.get(name) for name in ("client_id", "authorization_id")}
            return Referrer(key=row.key, **ids)
        case "refresh_token":
            return Referrer(key=row.key, client_id=row.client_id, authorization_id=row.authorization_id)
    return Referrer(key=row.id, client_id=row.client_id, subject=row.subject)
