"""Ends all that was issued before an instant, at once: after a restored backup, or a failover that lost commits, what
was spent, revoked or ended since may be good again."""

from datetime import datetime

from accounts import sessions
from accounts.ground import clock
from tokens.conf import JOURNAL_LIFETIME
from tokens.protocol import journal
from tokens.stores import store


def void_until(instant: datetime | None) -> None:
    """Voids what hangs on a sign-in up to the instant, inclusive: sessions, codes, refresh and access tokens; clients'
    own access tokens, requests that wait for a person, and reset links of until then. None: up to now, by the clock of
    each store. A few statements, however much there is; to repeat it changes nothing. Nobody is told by a notice."""
    kept_until = clock.now() + JOURNAL_LIFETIME
    with store().unit():
        if instant is None:
            store().journal.revoke_until_now(journal.EVERYTHING, kept_until)
        else:
            store().journal.revoke_until(journal.EVERYTHING, instant, kept_until)
        sessions.void_until(instant)
