"""What is deleted because it expired, or because what it names is gone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tokens.protocol.records import Reference
from tokens.stores.base.kinds import EXPIRING, KINDS, REFERRING
from tokens.stores.base.sweeping import Span, Swept, WithoutAccount
from tokens.stores.memory.state import State


class Sweeping:
    expiring = EXPIRING
    referring = REFERRING

    def __init__(self, state: State) -> None:
        self._state = state

    def delete_expired(self, kind: str, grace: timedelta, limit: int) -> int:
        before = self._state.clock() - grace
        with self._state.at_once():
            rows = self._state.tables[kind]
            expired = [name for name, end in _ends(kind, rows).items() if end < before][:limit]
            for name in expired:
                del rows[name]
        return len(expired)

    def lag(self, grace: timedelta) -> Mapping[str, timedelta]:
        before = self._state.clock() - grace
        with self._state.lock:
            tables = self._state.tables.items()
            oldest = {kind: min(_ends(kind, rows).values(), default=before) for kind, rows in tables}
        return {kind: max(timedelta(), before - end) for kind, end in oldest.items()}

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


def _ends(kind: str, rows: dict[Any, Any]) -> dict[Any, datetime]:
    """When each row ends; what has no end yet is not among them."""
    ends = {name: getattr(row, KINDS[kind].ends) or row.expires for name, row in rows.items()}
    return {name: end for name, end in ends.items() if end is not None}
