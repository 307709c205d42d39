"""The journal of what is void. What is void by its id has one item; a subject or a client, void up to an instant, has
one a region, which only that region writes, and readers take the last instant."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from accounts.ground.dynamodb.items import EXPIRES, Item, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from accounts.ground.dynamodb.unit import Condition, Place
from tokens.protocol import journal
from tokens.protocol.records import Authorization
from tokens.stores.dynamodb.records import ending, record_of

TABLE = "revocation_journal"
UNTIL = "until"
UP_TO = ("subject", "client", journal.EVERYTHING)
"""Kinds of keys that are void up to an instant."""


class Journal:
    def __init__(self, state: State) -> None:
        self._state = state

    def revoke(self, key: str, expires: datetime) -> None:
        """For ever has no instant. Kept for as long as the longest says: the end follows from the key's kind."""
        any_of: list[Condition] = [(PK, "absent", None), (EXPIRES, "<", micros(expires)), (UNTIL, "there", None)]
        self._state.write(self._place(key), any_of, ending(expires), removes=[UNTIL])

    def revoke_authorization(self, authorization_id: str, expires: datetime) -> None:
        item = self._state.get(("long_lived_authorizations", authorization_id, "authorization"))
        held = record_of(Authorization, item) if item is not None else None
        self.revoke(journal.authorization(authorization_id), held.expires if held is not None else expires)

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        """Rather too much than too little, where this node knows no clock that is one for all."""
        self.revoke_until(key, self._state.clock() + self._state.margin(), expires)

    def revoke_until(self, key: str, until: datetime, expires: datetime) -> None:
        any_of: list[Condition] = [(PK, "absent", None), (UNTIL, "<", micros(until))]
        self._state.write(self._place(key), any_of, {UNTIL: micros(until), **ending(expires)})

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        return any(self.voids(keys, root_at))

    def voids(self, keys: Collection[str], root_at: datetime) -> list[str]:
        """Those of the keys that void it."""
        return voids(self._state.several(self.places(keys)), root_at)

    def places(self, keys: Iterable[str]) -> list[Place]:
        """Of the keys' entries, for who reads them together with something else."""
        return [self._place(key) for key in keys]

    def entries(self, keys: Iterable[str]) -> Mapping[str, int | None]:
        """As `entries_of`, of these keys."""
        return entries_of(self._state.several(self.places(keys)))

    def _place(self, key: str) -> Place:
        return TABLE, key, self._state.region if key.partition(":")[0] in UP_TO else "-"


def voids(found: Mapping[Place, Item], root_at: datetime) -> list[str]:
    """Of what was found, the keys of the journal that void what was given at `root_at`."""
    entries = entries_of(found)
    return voiding(entries, entries, micros(root_at))


def entries_of(found: Mapping[Place, Item]) -> Mapping[str, int | None]:
    """Of what was found, the keys of the journal that void, and up to which instant, in microseconds since 1970; None:
    for ever."""
    of_the_journal = (item for (table, *_), item in found.items() if table == TABLE)
    return {str(item[PK]): number(item, UNTIL) if UNTIL in item else None for item in of_the_journal}


def voiding(entries: Mapping[str, int | None], keys: Iterable[str], root_at: int) -> list[str]:
    """Those of the keys that void what was given at that instant."""
    until = {key: entries[key] for key in keys if key in entries}
    return [key for key, end in until.items() if end is None or end >= root_at]
