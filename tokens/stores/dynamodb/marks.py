"""What a region notes of clients: when a secret was used, what was redeemed, since when no notice reaches it.

One item a client, beside the published one, which is never touched: an admin's change would be lost to a mark of use.
An attribute's name begins with what it holds for: the `since` of the client, or the `updated` of its metadata.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

from accounts.ground.dynamodb.items import Item, instant, micros, number
from accounts.ground.dynamodb.state import BY, State
from accounts.ground.dynamodb.tables import PK
from accounts.ground.dynamodb.unit import Condition, Place
from tokens.protocol.records import Client, Protection, ProtectionsSeen
from tokens.stores.dynamodb import published

TABLE = "secret_use"
REACHED = 0
"""In place of the instant since when no notice reached it: the last one did."""


class Marks:
    def __init__(self, state: State) -> None:
        self._state = state

    def merged(self, client_id: str) -> Client | None:
        """The client with what was noted of it here. One call."""
        return self._read(client_id)[0]

    def several(self, client_ids: Collection[str]) -> Mapping[str, Client]:
        """Those that there are, by their ids, with what was noted of them here. One call for 50."""
        found = self._state.several(place for each in client_ids for place in _places(each))
        read = {each: _with_marks(found, each)[0] for each in client_ids}
        return {client_id: client for client_id, client in read.items() if client is not None}

    def noted(self, client: Client) -> Client:
        """A client from where it is written, with what was noted of it here. One call."""
        found = self._state.several(_places(client.client_id))
        item, marks = found.get(published.place(client.client_id)), found.get(_place(client.client_id))
        return _merged(client, published.since(item), marks) if item is not None and marks is not None else client

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        client, since, marks = self._read(client_id)
        if client is None:
            return
        noted = [secret.last_used for secret in client.secrets if secret.digest == digest]
        if any(_is_due(each, now, pause) for each in noted):
            self._note(client, _secret(since, digest), now, pause, _over(client, since, marks))

    def note_protection(self, client_id: str, protection: Protection, now: datetime, pause: timedelta) -> None:
        client, since, marks = self._read(client_id)
        if client is not None and _is_due(getattr(client.protections_seen, protection), now, pause):
            self._note(client, _seen(since, protection), now, pause, _over(client, since, marks))

    def note_logout(self, client_id: str, failing_since: datetime | None) -> bool:
        client, _, marks = self._read(client_id)
        if client is None or (client.logout_failing_since is None) == (failing_since is None):
            return False
        name = _logout(client)
        before: Condition = (name, "=", marks[name]) if name in marks else (name, "absent", None)
        became = REACHED if failing_since is None else micros(failing_since)
        return self._state.decide(_place(client_id), [before], {name: became})

    def _read(self, client_id: str) -> tuple[Client | None, int, Item]:
        return _with_marks(self._state.several(_places(client_id)), client_id)

    def _note(self, client: Client, name: str, now: datetime, pause: timedelta, over: list[str]) -> None:
        """Once by all who note it within the pause."""
        due = micros(now - pause) + 1
        any_of: list[Condition] = [(PK, "absent", None), (name, "absent", None), (name, "<", due)]
        self._state.write(_place(client.client_id), any_of, {name: micros(now)}, removes=over)


def _with_marks(found: Mapping[Place, Item], client_id: str) -> tuple[Client | None, int, Item]:
    """The client, its `since` and its marks, of what was found at their places."""
    item, marks = found.get(published.place(client_id)), found.get(_place(client_id), {})
    client = published.client_of(item)
    if item is None or client is None:
        return None, 0, marks
    since = published.since(item)
    return (_merged(client, since, marks) if marks else client), since, marks


def _merged(client: Client, since: int, marks: Item) -> Client:
    seen = {each: _later(getattr(client.protections_seen, each), marks, _seen(since, each)) for each in _PROTECTIONS}
    secrets = tuple(
        replace(secret, last_used=_later(secret.last_used, marks, _secret(since, secret.digest)))
        for secret in client.secrets
    )
    failing_since, name = client.logout_failing_since, _logout(client)
    if name in marks:
        failing_since = instant(number(marks, name)) if marks[name] != REACHED else None
    return replace(
        client, secrets=secrets, protections_seen=ProtectionsSeen(**seen), logout_failing_since=failing_since
    )


def _later(before: datetime | None, marks: Item, name: str) -> datetime | None:
    if name not in marks:
        return before
    noted = instant(number(marks, name))
    return noted if before is None else max(before, noted)


def _is_due(noted: datetime | None, now: datetime, pause: timedelta) -> bool:
    return noted is None or noted <= now - pause


def _over(client: Client, since: int, marks: Item) -> list[str]:
    """Marks of secrets that are gone, of metadata from before, of a client that had this id before."""
    return sorted(marks.keys() - set(_names(client, since)))


def _names(client: Client, since: int) -> Iterator[str]:
    yield from (PK, BY, _logout(client))
    yield from (_seen(since, each) for each in _PROTECTIONS)
    yield from (_secret(since, secret.digest) for secret in client.secrets)


def _secret(since: int, digest: str) -> str:
    return f"{since}.{digest}"


def _seen(since: int, protection: Protection) -> str:
    return f"{since}.{protection}"


def _logout(client: Client) -> str:
    return f"{micros(client.updated)}.logout"


def _places(client_id: str) -> tuple[Place, Place]:
    return published.place(client_id), _place(client_id)


def _place(client_id: str) -> Place:
    return TABLE, f"client:{client_id}", ""


_PROTECTIONS: tuple[Protection, ...] = get_args(Protection)
