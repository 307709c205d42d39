"""Authorizations, judged by the journal: what was void before the call is not added, and not read."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from tokens.protocol import journal
from tokens.protocol.journal import Cause
from tokens.protocol.records import Authorization, Client, RefreshToken
from tokens.stores.base.clients import Clients
from tokens.stores.base.whose import Whose
from tokens.stores.dynamodb.items import Item
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.records import ending, item_of, record_of
from tokens.stores.dynamodb.refresh_tokens import TABLE, TOKEN
from tokens.stores.dynamodb.state import Place, State

AUTHORIZATION, INDEX = "authorization", "by_subject"


class Authorizations:
    def __init__(self, state: State, journal: Journal, clients: Clients) -> None:
        self._state, self._journal, self._clients = state, journal, clients

    def add(self, authorization: Authorization, first: RefreshToken | None = None) -> bool:
        if self._journal.revoked([*journal.of(authorization)], authorization.root_at):
            return False
        ends = max(authorization.expires, authorization.kept_until or authorization.expires)
        item = item_of(authorization, ends=ends, subject=authorization.subject)
        self._state.add(_place(authorization.id), item)
        if first is not None:
            self._state.add((TABLE, first.key, TOKEN), item_of(first, ends=first.expires))
        for place in _participants(authorization):
            self._state.add(place, {"client_id": authorization.client_id, "sid": authorization.sid, **ending(ends)})
        return True

    def get(self, authorization_id: str, now: datetime) -> Authorization | None:
        held = self.of_id(authorization_id)
        if held is None or held.expires <= now:
            return None
        return None if self._journal.revoked([*journal.of(held)], held.root_at) else held

    def with_client(self, authorization_id: str, now: datetime) -> tuple[Authorization, Client] | None:
        held = self.get(authorization_id, now)
        client = self._clients.get(held.client_id) if held is not None else None
        return (held, replace(client, secrets=(), resources=())) if held is not None and client is not None else None

    def causes(self, authorization_ids: Collection[str], now: datetime) -> Mapping[str, Cause]:
        judged: dict[str, Cause] = {}
        for item in self._state.several(_place(each) for each in authorization_ids):
            held = _authorization(item)
            void = self._journal.voids([*journal.of(held)], held.root_at)
            has_client = self._clients.get(held.client_id) is not None
            cause = journal.cause(void, has_client=has_client, has_expired=held.expires <= now)
            judged |= {held.id: cause} if cause is not None else {}
        return judged

    def session_told(self, client_id: str, told_sid: str) -> str | None:
        found = self._state.of(TABLE, f"told:{client_id}:{told_sid}")
        return str(found[0]["sid"]) if found else None

    def clients_of(self, sid: str, limit: int) -> list[Client]:
        given = sorted({str(item["client_id"]) for item in self._state.of(TABLE, f"sid:{sid}")})
        held = (client for client in map(self._clients.get, given) if client is not None)
        return [replace(client, secrets=(), resources=()) for client, _ in zip(held, range(limit), strict=False)]

    def find(self, whose: Whose, limit: int, after: str = "") -> list[Authorization]:
        raise NotImplementedError

    def of_id(self, authorization_id: str) -> Authorization | None:
        item = self._state.get(_place(authorization_id))
        return _authorization(item) if item is not None else None


def _authorization(item: Item) -> Authorization:
    return record_of(Authorization, item)


def _participants(authorization: Authorization) -> list[Place]:
    """Base items, which are read consistently: who was given anything in a session, and by which name it knows it."""
    if authorization.sid is None:
        return []
    places: list[Place] = [(TABLE, f"sid:{authorization.sid}", f"client:{authorization.client_id}")]
    if authorization.told_sid is not None:
        places.append((TABLE, f"told:{authorization.client_id}:{authorization.told_sid}", "sid"))
    return places


def _place(authorization_id: str) -> Place:
    return TABLE, authorization_id, AUTHORIZATION
