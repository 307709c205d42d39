"""Signing keys."""

from datetime import timedelta
from typing import Protocol

from tokens.protocol.records import SigningKey


class Keys(Protocol):
    def all(self) -> list[SigningKey]:
        """All signing keys, retired ones too (their public halves verify logout hints), oldest first."""

    def add(self, key: SigningKey) -> bool:
        """Adds it, with its state since this instant of the store's own clock; false, and nothing done, where its
        algorithm already has a key in that state, `active` or `next`."""

    def activate(self, key: SigningKey, after: timedelta) -> bool:
        """Makes a key `active` that has been `next` for `after` by the store's own clock, and the active one of
        its algorithm `retiring`; whether it did. One decision: there is never a moment with two active keys or none."""

    def withdraw(self, key: SigningKey) -> bool:
        """Makes a key `retiring` that is `next` or `active`, though no other takes its place; whether it did."""

    def retire(self, key: SigningKey, after: timedelta) -> bool:
        """Makes a key `retired` that has been `retiring` for `after` by the store's own clock, and destroys its
        private half; whether it did."""

    def revoke(self, kid: str) -> bool:
        """Makes a key `revoked`, in any state it was, and destroys its private half; whether it was not already."""
