"""Authorizations."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from tokens.protocol import journal
from tokens.protocol.journal import Cause
from tokens.protocol.records import Authorization, Client, RefreshToken
from tokens.stores.base.whose import Whose
from tokens.stores.memory.state import State
from tokens.stores.memory.tables import alive


class Authorizations:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, authorization: Authorization, first: RefreshToken | None = None) -> bool:
        with self._state.lock:
            if self._state.void(journal.of(authorization), authorization.root_at):
                return False
            self._state.put(self._state.authorizations, authorization.id, authorization)
            if first is not None:
                self._state.add(self._state.refresh_tokens, first.key, first)
            return True

    def get(self, authorization_id: str, now: datetime) -> Authorization | None:
        with self._state.lock:
            return self._good(authorization_id, now)

    def with_client(self, authorization_id: str, now: datetime) -> tuple[Authorization, Client] | None:
        with self._state.lock:
            held = self._good(authorization_id, now)
            client = self._state.clients.get(held.client_id) if held is not None else None
            return (held, replace(client, secrets=(), resources=())) if held is not None and client else None

    def causes(self, authorization_ids: Collection[str], now: datetime) -> Mapping[str, Cause]:
        with self._state.lock:
            held = (self._state.row(self._state.authorizations, each) for each in authorization_ids)
            judged = {each.id: self._cause(each, now) for each in held if each is not None}
            return {each: cause for each, cause in judged.items() if cause is not None}

    def session_told(self, client_id: str, told_sid: str) -> str | None:
        with self._state.lock:
            held = self._state.authorizations.values()
            told = (each.sid for each in held if (each.client_id, each.told_sid) == (client_id, told_sid))
            return next(told, None)

    def clients_of(self, sid: str, limit: int) -> list[Client]:
        with self._state.lock:
            given = {each.client_id for each in self._state.authorizations.values() if each.sid == sid}
            held = (self._state.clients[each] for each in sorted(given & self._state.clients.keys())[:limit])
            return [replace(client, secrets=(), resources=()) for client in held]

    def find(self, whose: Whose, limit: int, after: str = "") -> list[Authorization]:
        with self._state.lock:
            held = self._state.authorizations.values()
            owned = [each for each in held if each.id > after and whose.owns(each.subject, each.client_id)]
            return sorted(owned, key=attrgetter("id"))[:limit]

    def of_id(self, authorization_id: str) -> Authorization | None:
        with self._state.lock:
            return next((each for each in self._state.authorizations.values() if each.id == authorization_id), None)

    def _cause(self, held: Authorization, now: datetime) -> Cause | None:
        void = [key for key in journal.of(held) if self._state.void([key], held.root_at)]
        return journal.cause(void, has_client=held.client_id in self._state.clients, has_expired=held.expires <= now)

    def _good(self, authorization_id: str, now: datetime) -> Authorization | None:
        held = alive(self._state.row(self._state.authorizations, authorization_id), now)
        return None if held is None or self._state.void(journal.of(held), held.root_at) else held
