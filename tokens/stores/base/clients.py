"""Clients and their secrets."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from tokens.protocol.records import Client, ClientSecret, Protection


class Clients(Protocol):
    def get(self, client_id: str) -> Client | None:
        """The client, enabled or not, with its secrets, oldest first, and what is known of the resources that it serves
        and that it has scopes of, as they were at that moment or later."""

    def unless_void(self, client_id: str, keys: Collection[str], root_at: datetime) -> Client | None:
        """The client, without its secrets and the resources that it serves; None where there is none, or where one of
        these keys of the journal is void for what it was given at `root_at`."""

    def of_id(self, client_id: str) -> Client | None:
        """As `get`, from where clients are written: for who is about to change it. `get` may tell of a change a moment
        later."""

    def logo(self, name: str) -> bytes | None:
        """The picture that a client's `logo` calls so, and that is kept of it."""

    def find(self, text: str, after: str, limit: int) -> list[Client]:
        """Up to `limit` clients whose id comes after that one, in the order of the ids: those of which `text` is the
        id, or a part of the name, in upper case or lower."""

    def named(self, client_ids: Collection[str]) -> list[Client]:
        """Those of the clients that there are, enabled or not, in the order of their ids; without their secrets and the
        resources that they serve."""

    def of_scope(self, scope: Collection[str]) -> list[Client]:
        """The clients that may have one of the scopes, as `protocol.permission` writes them, in the order of their
        ids."""

    def add(self, client: Client) -> bool:
        """Adds it with its secrets and its `fetched_logo`, and nothing seen of it; false, and nothing done, where there
        is one of that id."""

    def change(self, client: Client, version: datetime) -> bool:
        """Writes its metadata, unless somebody else did since `version`, its `updated`; whether it was written. Its
        secrets, what was seen of it and what it serves stay as they are; that notices did not reach it is forgotten,
        for the change may have mended it. Of its `fetched_logo` it keeps the new one; false where its `logo` is another
        than is kept, and none was fetched."""

    def delete(self, client_id: str) -> bool:
        """Deletes it with its secrets; whether there was one."""

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        """Notes that the client's secret was used, unless that was noted within `pause` before. Never moves back."""

    def note_protection(self, client_id: str, protection: Protection, now: datetime, pause: timedelta) -> None:
        """Notes in its `protections_seen` that the client redeemed a code whose request had sent so much, unless that
        was noted within `pause` before. Never moves back."""

    def note_logout(self, client_id: str, failing_since: datetime | None) -> bool:
        """Notes since when notices do not reach the client; None: they do. Whether that was news: a client that they
        do not reach keeps its instant."""

    def add_secret(self, client_id: str, secret: ClientSecret, newest: str) -> bool:
        """Adds one, unless the client's newest is another than `newest`, the id of a secret or "" for none: of several
        who saw the same ones, one adds."""

    def expire_secret(self, client_id: str, secret_id: str, expires: datetime | None, now: datetime) -> bool:
        """Sets when the secret ends; whether there is one that had not ended: what has ended stays so."""

    def delete_secret(self, client_id: str, secret_id: str) -> bool:
        """Ends the secret at once; whether there was one."""
