"""What is deleted because it expired, or because what it names is gone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts.ground.sweep import Ended
from tokens.protocol.records import Reference
from tokens.stores.base.kinds import EXPIRING, KINDS, REFERRING
from tokens.stores.base.sweeping import Span, Swept, WithoutAccount
from tokens.stores.memory.state import State


class Sweeping:
    expiring = EXPIRING
    referring = REFERRING

    def __init__(self, state: State) -> None:
        self._state = state

    def delete_expired(self, kind: str, grace: timedelta, limit: int, since: datetime | None = None) -> Ended:
        before = self._state.clock() - grace
        with self._state.at_once():
            rows = self._state.tables[kind]
            ends = {name: end for name, end in _ends(kind, rows, since).items() if end < before}
            expired = sorted(ends, key=lambda name: ends[name])[:limit]
            for name in expired:
                del rows[name]
        return Ended(deleted=len(expired), last=ends[expired[-1]] if expired else None)

    def lag(self, grace: timedelta, begins: Mapping[str, datetime]) -> Mapping[str, timedelta]:
        before = self._state.clock() - grace
        with self._state.lock:
            tables = self._state.tables.items()
            ends = {kind: _ends(kind, rows, begins.get(kind)).values() for kind, rows in tables}
        return {kind: max(timedelta(), before - min(each, default=before)) for kind, each in ends.items()}

    def sweep_orphans(self, kind: str, span: Span, grace: timedelta, without_account: WithoutAccount) -> Swept:
        before = self._state.clock() - grace
        with self._state.at_once():
            table = self._state.tables[kind]
            named = {KINDS[kind].reference(row): name for name, row in table.items()}
            page = sorted((each for each in named if _holds(span, each.key)), key=lambda each: each.key)[: span.limit]
            people = without_account({each.subject for each in page if each.subject is not None})
            orphans = [named[each] for each in page if self._is_orphan(each) or each.subject in people]
            deleted = [name for name in orphans if table.added[name] < before]
            for name in deleted:
                del table[name]
        return Swept(deleted=len(deleted), last=page[-1].key if page else None)

    def _is_orphan(self, named: Reference) -> bool:
        parents: tuple[tuple[str | None, Mapping[str, object]], ...] = (
            (named.client_id, self._state.clients),
            (named.authorization_id, self._state.authorizations),
        )
        return any(parent is not None and parent not in there for parent, there in parents)


def _holds(span: Span, key: str) -> bool:
    return key > span.after and (span.last is None or key <= span.last)


def _ends(kind: str, rows: dict[Any, Any], since: datetime | None) -> dict[Any, datetime]:
    """When each row ends, of those that do so at the instant or later; what has no end yet is not among them."""
    ends = {name: getattr(row, KINDS[kind].ends) or row.expires for name, row in rows.items()}
    return {name: end for name, end in ends.items() if end is not None and (since is None or end >= since)}
