"""The logout notices that clients with a `backchannel_logout_uri` are owed (OpenID Connect Back-Channel Logout 1.0
§2.3). They are queued in the unit that ends the session: who ends it, tells of it. No two of a unit are due at one
instant."""

from datetime import datetime, timedelta
from typing import Protocol

from tokens.conf import conf
from tokens.protocol.records import LogoutDelivery

IN_FLIGHT = timedelta(seconds=15)
"""Longer than any transaction: what was written so long before an instant was there for all to see at it."""


SLACK = timedelta(minutes=1)
"""How long an exchange may be under way."""


def recheck_after() -> timedelta:
    """After how long no code from before can be redeemed any more, nor its exchange be under way."""
    return timedelta(seconds=conf().code_lifetime) + SLACK


class Outbox(Protocol):
    def queue_session(self, sid: str, subject: str, recheck_after: timedelta) -> None:
        """Queues one notice a client that was issued tokens in this session, unless that sign-in of the subject was
        voided before (it was queued then). Schedules `queue_late` in `recheck_after`."""

    def queue_subject(self, subject: str, recheck_after: timedelta) -> None:
        """The same for all sign-ins of the subject that are not void yet, so it comes before the journal's entry. One
        notice a client, of all sessions; one a session where the client requires that."""

    def queue_late(self, limit: int) -> int:
        """Queues notices to the clients that were given tokens while their session ended or after it; how many sessions
        and subjects of up to `limit` that are due were looked at, which is done once for each."""

    def clients_owed(self, limit: int) -> list[str]:
        """Clients whose notices are due, who has waited longest first."""

    def claim(self, client_id: str, lease: timedelta, since: datetime | None = None) -> LogoutDelivery | None:
        """The client's notice that is due longest, for the one caller who may send it: it is due again after `lease`,
        if the caller died too. `due` of what is returned is when it was due. `since`: of none before that instant, so
        that who claims on looks at nothing again that was claimed before."""

    def close(self, delivery: LogoutDelivery, outcome: str, expires: datetime, delivered: bool) -> bool:
        """Ends a notice, delivered or given up; whether the claim still held. `expires`: until when it is shown."""

    def postpone(self, delivery: LogoutDelivery, outcome: str, pause: timedelta) -> bool:
        """Makes a notice due after `pause`; whether the claim still held."""

    def reopen(self, delivery_id: str) -> bool:
        """Makes a notice that was given up due at once; whether there was one."""

    def of_client(self, client_id: str, limit: int, after: str = "") -> list[LogoutDelivery]:
        """For support: up to `limit` of the client's notices, those too that there is nothing more to do of, the newest
        first. `after`: the last id of the page before."""

    def of_id(self, delivery_id: str) -> LogoutDelivery | None:
        """For support: the notice, as long as it is shown."""
