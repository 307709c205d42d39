"""What a store must do, as small Protocols of atomic verbs that say their intent.

A verb is one decision: where several requests race, exactly one `consume_…` answers with the record. Nothing here reads
first and writes after. Expiry is part of every condition: what is expired is as if it were not there, swept or not.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeVar

from tokens.protocol.handles import Key
from tokens.protocol.records import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Claim,
    Client,
    Consent,
    Interaction,
    LogoutDelivery,
    Referrer,
    RefreshToken,
    Resource,
    SigningKey,
    TaskReport,
)

Answer = TypeVar("Answer")

EXPIRING = (
    "run",
    "authorization_code",
    "interaction",
    "client_assertion",
    "access_token",
    "refresh_token",
    "consent",
    "authorization",
    "revocation",
    "logout_delivery",
)
"""The registry of what expires: `delete_expired` sweeps each, and a test holds every table with an `expires` column to
it. Parents come last."""

REFERRING = ("authorization_code", "interaction", "access_token", "refresh_token", "consent", "authorization")
"""The registry of what names a client, a person or an authorization without a foreign key: `delete_orphans` looks after
each, and a test holds every table to it. Parents come last."""

Parent = Literal["client", "authorization"]
END = {"authorization": "kept_until"}
"""What tells the end of a row of a kind, where it is not `expires`."""

IN_FLIGHT = timedelta(seconds=15)
"""Longer than any transaction: what was written so long before an instant was there for all to see at it."""


class Clients(Protocol):
    def client(self, client_id: str) -> Client | None:
        """The client, enabled or not, with its secrets."""

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        """Notes that the client's secret was used, unless that was noted within `pause` before. Never moves back."""

    def resources(self, identifiers: Collection[str]) -> list[Resource]:
        """Those of the protected resources that there are, in the order of their identifiers."""


class Consents(Protocol):
    def consent(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        """What the person allows the client at this instant."""

    def grant_consent(self, consent: Consent) -> None:
        """Remembers it in place of what was allowed before, under the id of that until it is withdrawn: whatever was
        issued on either ends with the one."""

    def withdraw_consent(self, consent_id: str) -> None:
        """Forgets it. What was issued on it is voided by its id in the journal, which is another verb's."""


class Authorizations(Protocol):
    def add_authorization(self, authorization: Authorization, first: RefreshToken | None = None) -> bool:
        """Adds it, with the first refresh token of its family, unless what it hangs on is void by now: false then, and
        nothing is added. One decision against the journal, as `authorization` judges it."""

    def authorization(self, authorization_id: str, now: datetime) -> Authorization | None:
        """The authorization if it is still good: not expired, and neither it nor its consent, its session (unless it is
        offline), its subject or its client void in the journal."""


class Revocations(Protocol):
    """The journal, under the keys of `tokens.protocol.journal`."""

    def revoke(self, key: str, expires: datetime) -> None:
        """Voids what the key names for ever, whether or not it is there yet; to do it again changes nothing.
        `expires`: until when the entry is kept, not before the end of whatever hangs on it."""

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        """Voids what hangs on a subject or client by a sign-in up to this instant of the store's own clock, inclusive.
        Never moves the instant back."""

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        """Whether one of the keys is void for what hangs on a sign-in at `root_at`."""


class AccessTokens(Protocol):
    """Opaque ones. Their authorization and the journal say whether they are void, as of any other."""

    def add_access_token(self, token: AccessToken) -> None: ...

    def access_token(self, key: Key, now: datetime) -> AccessToken | None:
        """The token, unless it expired."""


class RefreshTokens(Protocol):
    """A family's first token is added with its authorization."""

    def add_refresh_token(self, token: RefreshToken) -> None:
        """Adds a successor."""

    def consume_refresh_token(self, key: Key, client_id: str, now: datetime) -> RefreshToken | None:
        """Spends the client's token: the record for the one caller who did, None for everybody else."""

    def refresh_token(self, key: Key, client_id: str) -> RefreshToken | None:
        """The client's token as it is, expired or spent too."""

    def extend_refresh_token(self, key: Key, expires: datetime) -> None:
        """Moves the end of an unspent token that is used again and again; never back."""


class OneTime(Protocol):
    """Things that work once. Spent is a mark, not a delete: a replay must be told from what never was."""

    def add_code(self, code: AuthorizationCode) -> bool:
        """Adds it, unless what its authorization hangs on is void by now: false then. One decision against the
        journal: a code that nobody could redeem is not given out."""

    def consume_code(self, key: Key, client_id: str, now: datetime) -> AuthorizationCode | None:
        """Spends the client's code: the record for the one caller who did, None for everybody else."""

    def code(self, key: Key, client_id: str) -> AuthorizationCode | None:
        """The client's code as it is, expired or spent too: to tell a replay from a stranger."""

    def add_interaction(self, interaction: Interaction) -> None: ...

    def interaction(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        """The interaction that this browser began, unless it expired or was answered."""

    def bind_interaction(self, key: Key, browser: Key, steps: Collection[str], now: datetime) -> bool:
        """Gives an UNBOUND interaction to the browser, with these steps: true for the one caller whose it is now."""

    def record_step(self, key: Key, browser: Key, step: str, now: datetime) -> bool:
        """Adds what the person did; whether there was an interaction to add it to."""

    def consume_interaction(self, key: Key, browser: Key, now: datetime) -> bool:
        """Ends the interaction: true for the one caller who may answer it."""

    def use_client_assertion(self, client_id: str, jti: str, expires: datetime) -> bool:
        """Whether the client shows this assertion for the first time (RFC 7523 §3). `expires`: the assertion's."""


class Keys(Protocol):
    def keys(self) -> list[SigningKey]:
        """All signing keys, retired ones too (their public halves verify logout hints), oldest first."""

    def add_key(self, key: SigningKey) -> bool:
        """Adds it, with its state since this instant of the store's own clock; false, and nothing done, where its
        algorithm already has a key in that state, `active` or `next`."""

    def activate_key(self, key: SigningKey, after: float) -> bool:
        """Makes a key `active` that has been `next` for `after` seconds by the store's own clock, and the active one of
        its algorithm `retiring`; whether it did. One decision: there is never a moment with two active keys or none."""

    def retire_key(self, key: SigningKey, after: float) -> bool:
        """Makes a key `retired` that has been `retiring` for `after` seconds by the store's own clock, and destroys its
        private half; whether it did."""

    def revoke_key(self, kid: str) -> bool:
        """Makes a key `revoked`, whatever it was, and destroys its private half; whether it was not already."""


class Outbox(Protocol):
    """The logout notices that clients with a `backchannel_logout_uri` are owed (OpenID Connect Back-Channel Logout 1.0
    §2.3). Called in the unit that ends the session: who ends it, tells of it."""

    def queue_session_logout(self, sid: str, subject: str, again: float) -> None:
        """Owes a notice to every client that was given tokens in the session, unless that sign-in of the subject was
        void before, and owed one then. After `again` seconds it has to be looked for more of them, below."""

    def queue_subject_logout(self, subject: str, again: float) -> None:
        """The same for all sign-ins of the subject that are not void yet, so it comes before the journal's entry. One
        notice a client, of all sessions; one a session where the client requires that."""

    def queue_late_logouts(self, limit: int) -> int:
        """Owes notices to the clients that were given tokens while their session ended or after it; how many sessions
        and subjects of up to `limit` that are due were looked at, which is done once for each."""

    def clients_owed_logout(self, limit: int) -> list[str]:
        """Clients whose notices are due, who has waited longest first."""

    def claim_logout(self, client_id: str, lease: float) -> LogoutDelivery | None:
        """One of the client's notices that are due, for the one caller who may send it: it is due again after `lease`
        seconds, whatever became of the caller."""

    def close_logout(self, delivery: LogoutDelivery, outcome: str, expires: datetime, delivered: bool) -> bool:
        """Ends a notice, delivered or given up; whether the claim still held. `expires`: until when it is shown."""

    def postpone_logout(self, delivery: LogoutDelivery, outcome: str, pause: float) -> bool:
        """Makes a notice due after `pause` seconds; whether the claim still held."""

    def reopen_logout(self, delivery_id: int) -> bool:
        """Makes a notice that was given up due at once; whether there was one."""


class Runs(Protocol):
    """Who does a scheduled task, of all that may try it at once. A task has one lease, and time is the store's own."""

    def claim_run(self, task: str, interval: float, hold: float, kept: timedelta, node: str) -> Claim | None:
        """The claim for the one caller whose run it is, for `hold` seconds; None for everybody else. Time is cut into
        intervals of so many seconds, and in each a task is claimed once; again only where the claim ran out before its
        run was finished. The run is remembered for the time `kept`."""

    def hold_run(self, claim: Claim, hold: float) -> bool:
        """Holds it for `hold` seconds from now on; false where the run is finished or was claimed again. In a unit:
        what else is written there is written by the last to claim the task, or not at all."""

    def finish_run(self, claim: Claim, rows: Mapping[str, int], error: str) -> bool:
        """Notes what the run did, or how it failed; false, and that it came too late, where it was claimed again."""

    def tasks(self) -> list[TaskReport]:
        """How each task fares that was ever claimed, by its name."""


class Cleanup(Protocol):
    """Short transactions of their own, safe beside requests and beside others like them."""

    def delete_expired(self, kind: str, grace: float, limit: int) -> int:
        """Deletes up to `limit` rows of a kind of EXPIRING whose end lies more than `grace` seconds back by the store's
        own clock; how many."""

    def lag(self, grace: float) -> Mapping[str, float]:
        """For each kind of EXPIRING for how many seconds its oldest row could have been deleted; 0 where none could."""

    def referrers(self, kind: str, after: str, limit: int) -> list[Referrer]:
        """Up to `limit` rows of a kind of REFERRING whose key comes after that one, in the order of the keys."""

    def gone(self, parent: Parent, ids: Collection[str]) -> set[str]:
        """Those of the ids that name nothing."""

    def delete_orphans(self, kind: str, keys: Collection[str], grace: float) -> int:
        """Deletes those of the rows that were added over `grace` seconds ago by the store's own clock; how many."""


class Store(
    Clients,
    Consents,
    Authorizations,
    Revocations,
    AccessTokens,
    RefreshTokens,
    OneTime,
    Keys,
    Outbox,
    Runs,
    Cleanup,
    Protocol,
):
    def unit(self) -> AbstractContextManager[None]:
        """All or nothing where the store has transactions. Where it has none the consuming verb comes first all the
        same, so that a crash can lose an answer but never give two."""

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        """What `work` answers, in a unit; once more from the start where the store took the first one back whole for
        the sake of others, as databases do to end a deadlock. So it must do nothing but call the store."""
