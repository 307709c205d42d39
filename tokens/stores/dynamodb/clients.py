"""Clients: written in SQL, published to where requests read them, and noted of in each region."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from accounts.ground.dynamodb.state import State
from tokens.protocol.records import Client, ClientSecret, Protection
from tokens.stores.dynamodb import journal, published
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.marks import Marks
from tokens.stores.dynamodb.publishing import Publisher
from tokens.stores.orm.clients import Clients as Written


class Clients:
    """`written`: those in SQL."""

    def __init__(self, state: State, journal: Journal, publisher: Publisher, written: Written) -> None:
        self._state, self._journal, self.publisher, self._written = state, journal, publisher, written
        self._marks = Marks(state)

    # What requests read and note

    def get(self, client_id: str) -> Client | None:
        return self._marks.merged(client_id)

    def named(self, client_ids: Collection[str]) -> list[Client]:
        """One call for 100."""
        found = self._state.several(map(published.place, client_ids))
        clients = (published.client_of(found.get(published.place(each))) for each in sorted(set(client_ids)))
        return [bare(client) for client in clients if client is not None]

    def unless_void(self, client_id: str, keys: Collection[str], root_at: datetime) -> Client | None:
        place = published.place(client_id)
        found = self._state.several([place, *self._journal.places(keys)])
        client = published.client_of(found.get(place))
        return None if client is None or journal.voids(found, root_at) else bare(client)

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        self._marks.note_secret_use(client_id, digest, now, pause)

    def note_protection(self, client_id: str, protection: Protection, now: datetime, pause: timedelta) -> None:
        self._marks.note_protection(client_id, protection, now, pause)

    def note_logout(self, client_id: str, failing_since: datetime | None) -> bool:
        return self._marks.note_logout(client_id, failing_since)

    # What staff reads and writes

    def of_id(self, client_id: str) -> Client | None:
        client = self._written.get(client_id)
        return self._marks.noted(client) if client is not None else None

    def logo(self, name: str) -> bytes | None:
        return self._written.logo(name)

    def find(self, text: str, after: str, limit: int) -> list[Client]:
        return self._written.find(text, after, limit)

    def of_scope(self, scope: Collection[str]) -> list[Client]:
        return self._written.of_scope(scope)

    def add(self, client: Client) -> bool:
        return self._write(client.client_id, lambda: self._written.add(client), is_new=True)

    def change(self, client: Client, version: datetime) -> bool:
        return self._write(client.client_id, lambda: self._written.change(client, version))

    def delete(self, client_id: str) -> bool:
        return self._write(client_id, lambda: self._written.delete(client_id))

    def add_secret(self, client_id: str, secret: ClientSecret, newest: str) -> bool:
        return self._write(client_id, lambda: self._written.add_secret(client_id, secret, newest))

    def expire_secret(self, client_id: str, secret_id: str, expires: datetime | None, now: datetime) -> bool:
        return self._write(client_id, lambda: self._written.expire_secret(client_id, secret_id, expires, now))

    def delete_secret(self, client_id: str, secret_id: str) -> bool:
        return self._write(client_id, lambda: self._written.delete_secret(client_id, secret_id))

    def _write(self, client_id: str, write: Callable[[], bool], *, is_new: bool = False) -> bool:
        with self.publisher.changing():
            written = write()
            if written:
                self.publisher.owe(client_id, is_new=is_new)
            return written


def bare(client: Client) -> Client:
    """As it comes with what it was given."""
    return replace(client, secrets=(), resources=())
