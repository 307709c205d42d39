"""What a store must do, as small Protocols of atomic verbs that say their intent.

A verb is one decision: where several requests race, exactly one `consume_…` answers with the record. Nothing here reads
first and writes after. Expiry is part of every condition: what is expired is as if it were not there, swept or not.
"""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from tokens.protocol.handles import Key
from tokens.protocol.records import Authorization, AuthorizationCode, Client, Consent, Interaction, SigningKey

EXPIRING = ("authorization_code", "interaction", "consent", "authorization", "revocation")
"""The registry of what expires: `delete_expired` sweeps each, and a test holds every table with an `expires` column to
it. Parents come last."""


class Clients(Protocol):
    def client(self, client_id: str) -> Client | None:
        """The client, enabled or not, with its secrets."""


class Consents(Protocol):
    def consent(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        """What the person allows the client at this instant."""

    def grant_consent(self, consent: Consent) -> None:
        """Remembers it in place of what was allowed before."""


class Authorizations(Protocol):
    def add_authorization(self, authorization: Authorization) -> None: ...

    def authorization(self, authorization_id: str, now: datetime) -> Authorization | None:
        """The authorization if it is still good: neither expired nor revoked."""


class Revocations(Protocol):
    def revoke_authorization(self, authorization_id: str, expires: datetime) -> None:
        """Voids the authorization by its id, whether or not its row is there yet; to do it again changes nothing.
        `expires`: until when the entry is kept, not before the authorization's own end."""


class OneTime(Protocol):
    """Things that work once. Spent is a mark, not a delete: a replay must be told from what never was."""

    def add_code(self, code: AuthorizationCode) -> None: ...

    def consume_code(self, key: Key, client_id: str, now: datetime) -> AuthorizationCode | None:
        """Spends the client's code: the record for the one caller who did, None for everybody else."""

    def code(self, key: Key, client_id: str) -> AuthorizationCode | None:
        """The client's code as it is, expired or spent too: to tell a replay from a stranger."""

    def add_interaction(self, interaction: Interaction) -> None: ...

    def interaction(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        """The interaction that this browser began, unless it expired or was answered."""

    def record_step(self, key: Key, browser: Key, step: str, now: datetime) -> bool:
        """Adds what the person did; whether there was an interaction to add it to."""

    def consume_interaction(self, key: Key, browser: Key, now: datetime) -> bool:
        """Ends the interaction: true for the one caller who may answer it."""


class Keys(Protocol):
    def keys(self) -> list[SigningKey]:
        """All signing keys, retired ones too (their public halves verify logout hints), oldest first."""

    def add_key(self, key: SigningKey) -> bool:
        """Adds it; false, and nothing done, where its algorithm already has a key in that state, `active` or `next`."""


class Store(Clients, Consents, Authorizations, Revocations, OneTime, Keys, Protocol):
    def unit(self) -> AbstractContextManager[None]:
        """All or nothing where the store has transactions. Where it has none the consuming verb comes first all the
        same, so that a crash can lose an answer but never give two."""

    def delete_expired(self, kind: str, grace: float, limit: int) -> int:
        """Deletes up to `limit` rows of a kind of EXPIRING whose end lies more than `grace` seconds back by the store's
        own clock; how many. One short transaction of its own, safe beside requests and beside others like it."""
