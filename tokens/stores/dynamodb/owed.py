"""The clients that are owed notices. Each has one item under a key that all share: so it is written seldom, by who
finds none or an old one, and goes long after its last notice."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from accounts.ground.dynamodb.items import Item, instant, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import SK
from accounts.ground.dynamodb.unit import Place
from tokens.stores.dynamodb.notices import TABLE, Notices, after

OWED, CLIENT, SINCE = "owed", "client:", "since"
FRESH = timedelta(minutes=10)
"""For how long nobody writes it anew."""
STAYS = timedelta(hours=1)
"""How long it stays after it was written: longer than FRESH and any request that found it so, on clocks that differ."""


class Owed:
    def __init__(self, state: State, notices: Notices) -> None:
        self._state, self._notices = state, notices

    def missing(self, client_ids: Collection[str], now: datetime) -> Mapping[Place, Item]:
        """What has to be written, that notices to these clients are found."""
        held = self._state.several(map(_place, client_ids))
        wanted = [entry(client_id, now) for client_id in client_ids]
        return {place: item for place, item in wanted if place not in held or _since(held[place]) < now - FRESH}

    def clients(self, now: datetime) -> list[str]:
        """Those of which a notice is due, who has waited longest first."""
        waiting: list[tuple[str, str]] = []
        for item in self._state.of(TABLE, OWED):
            client_id = str(item[SK]).removeprefix(CLIENT)
            first = self._notices.next_due(client_id)
            if first is None:
                self._forget(client_id, item, now)
            elif first <= after(now):
                waiting.append((first, client_id))
        return [client_id for _, client_id in sorted(waiting)]

    def _forget(self, client_id: str, item: Item, now: datetime) -> None:
        """Unless somebody wrote it anew."""
        if _since(item) < now - STAYS:
            self._state.forget(_place(client_id), [(SINCE, "=", item[SINCE])])


def entry(client_id: str, now: datetime) -> tuple[Place, Item]:
    return _place(client_id), {SINCE: micros(now)}


def _since(item: Item) -> datetime:
    return instant(number(item, SINCE))


def _place(client_id: str) -> Place:
    return TABLE, OWED, f"{CLIENT}{client_id}"
