"""Authorizations, judged by the journal: what was void before the call is not added, and not read."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import islice
from operator import attrgetter

from accounts.ground.dynamodb.items import Item, micros
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import SK
from accounts.ground.dynamodb.unit import Place
from tokens.protocol import journal
from tokens.protocol.journal import Cause
from tokens.protocol.records import Authorization, Client, RefreshToken
from tokens.stores.base.whose import Whose
from tokens.stores.dynamodb import published
from tokens.stores.dynamodb.clients import bare
from tokens.stores.dynamodb.journal import Journal, voiding, voids
from tokens.stores.dynamodb.marks import Marks
from tokens.stores.dynamodb.ranges import between
from tokens.stores.dynamodb.records import ending, item_of, record_of
from tokens.stores.dynamodb.refresh_tokens import TABLE, TOKEN

AUTHORIZATION = "authorization"
FIRST, LAST = "!", "~"
"""Before and after every id."""


class Authorizations:
    def __init__(self, state: State, journal: Journal) -> None:
        self._state, self._journal, self._marks = state, journal, Marks(state)

    def add(self, authorization: Authorization, first: RefreshToken | None = None) -> bool:
        if self._journal.revoked([*journal.of(authorization)], authorization.root_at):
            return False
        ends = max(authorization.expires, authorization.kept_until or authorization.expires)
        self._state.add(_place(authorization.id), item_of(authorization, ends=ends))
        if first is not None:
            self._state.add((TABLE, first.key, TOKEN), item_of(first, ends=first.expires))
        part = {
            "client_id": authorization.client_id,
            "subject": authorization.subject,
            "sid": authorization.sid,
            "root_at": micros(authorization.root_at),
            "added": micros(self._state.clock()),
            **ending(ends),
        }
        for place in _participations(authorization):
            self._state.add(place, part)
        return True

    def get(self, authorization_id: str, now: datetime) -> Authorization | None:
        held = self.of_id(authorization_id)
        if held is None or held.expires <= now:
            return None
        return None if self._journal.revoked([*journal.of(held)], held.root_at) else held

    def with_client(self, authorization_id: str, now: datetime) -> tuple[Authorization, Client] | None:
        """The journal is read together with the client."""
        held = self.of_id(authorization_id)
        if held is None or held.expires <= now:
            return None
        place = published.place(held.client_id)
        found = self._state.several([place, *self._journal.places(journal.of(held))])
        client = published.client_of(found.get(place))
        return None if client is None or voids(found, held.root_at) else (held, bare(client))

    def causes(self, authorization_ids: Collection[str], now: datetime) -> Mapping[str, Cause]:
        held = list(self._several(authorization_ids))
        entries = self._journal.entries({key for each in held for key in journal.of(each)})
        clients = self._state.several({published.place(each.client_id) for each in held})
        judged = {
            each.id: journal.cause(
                voiding(entries, journal.of(each), micros(each.root_at)),
                has_client=published.client_of(clients.get(published.place(each.client_id))) is not None,
                has_expired=each.expires <= now,
            )
            for each in held
        }
        return {authorization_id: cause for authorization_id, cause in judged.items() if cause is not None}

    def session_told(self, client_id: str, told_sid: str) -> str | None:
        told = self._state.of(TABLE, _told(client_id, told_sid))
        return str(told[0]["sid"]) if told else None

    def clients_of(self, sid: str, limit: int) -> list[Client]:
        clients = self._marks.several({str(item["client_id"]) for item in self._state.of(TABLE, f"sid:{sid}")})
        return [bare(client) for _, client in sorted(clients.items())[:limit]]

    def find(self, whose: Whose, limit: int, after: str = "") -> list[Authorization]:
        subject = whose.person()
        items = between(self._state, TABLE, f"subject:{subject}", after or FIRST, LAST, page=limit + 1)
        later = (item for item in items if str(item[SK]) > after and whose.owns(subject, str(item["client_id"])))
        page = [str(item[SK]) for item in islice(later, limit)]
        return sorted(self._several(page), key=attrgetter("id"))

    def of_id(self, authorization_id: str) -> Authorization | None:
        item = self._state.get(_place(authorization_id))
        return _authorization(item) if item is not None else None

    def _several(self, authorization_ids: Collection[str]) -> Iterator[Authorization]:
        return map(_authorization, self._state.several(map(_place, authorization_ids)).values())


def _authorization(item: Item) -> Authorization:
    return record_of(Authorization, item)


def _participations(authorization: Authorization) -> Iterator[Place]:
    """Base items, which are read consistently: what a person was given, and in which session, and by which name a
    client knows that."""
    yield TABLE, f"subject:{authorization.subject}", authorization.id
    if authorization.sid is not None:
        yield TABLE, f"sid:{authorization.sid}", authorization.id
        if authorization.told_sid is not None:
            yield TABLE, _told(authorization.client_id, authorization.told_sid), authorization.id


def _told(client_id: str, told_sid: str) -> str:
    return f"told:{client_id}:{told_sid}"


def _place(authorization_id: str) -> Place:
    return TABLE, authorization_id, AUTHORIZATION
