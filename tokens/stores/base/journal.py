"""The journal of what is void, under the keys of `tokens.protocol.journal`."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol


class Journal(Protocol):
    def revoke(self, key: str, expires: datetime) -> None:
        """Voids what the key names for ever, whether or not it is there yet; to do it again changes nothing.
        `expires`: until when the entry is kept, not before the end of all that hangs on it."""

    def revoke_authorization(self, authorization_id: str, expires: datetime) -> None:
        """As `revoke` the authorization's key. Where the authorization is there, the entry is kept until that ends, and
        not until `expires`."""

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        """Voids what hangs on a subject or client by a sign-in up to this instant of the store's own clock, inclusive.
        Never moves the instant back."""

    def revoke_until(self, key: str, until: datetime, expires: datetime) -> None:
        """As `revoke_until_now`, up to an instant that has passed."""

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        """Whether one of the keys is void for what hangs on a sign-in at `root_at`."""
