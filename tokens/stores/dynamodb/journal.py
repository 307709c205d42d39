"""The journal of what is void. What is void by its id has one item; a subject or a client, void up to an instant, has
one a region, which only that region writes, and readers take the last instant."""

from collections.abc import Collection
from datetime import datetime

from tokens.protocol import journal
from tokens.protocol.records import Authorization
from tokens.stores.dynamodb.items import micros, number
from tokens.stores.dynamodb.records import EXPIRES, ending, record_of
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.tables import PK
from tokens.stores.dynamodb.unit import Condition, Place

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
        found = self._state.several(self._place(key) for key in keys).values()
        at = micros(root_at)
        return [str(item[PK]) for item in found if UNTIL not in item or number(item, UNTIL) >= at]

    def _place(self, key: str) -> Place:
        return TABLE, key, self._state.region if key.partition(":")[0] in UP_TO else "-"
