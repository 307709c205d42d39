"""What accounts announces, written into the journal and the outbox inside the transaction that does it: an exception
here aborts it."""

from datetime import datetime, timedelta
from typing import Any

from accounts.ground import clock
from accounts.signals import session_ended, subject_changed
from tokens.conf import JOURNAL_LIFETIME, conf
from tokens.protocol import journal
from tokens.stores import store

SLACK = timedelta(minutes=1)
"""How long an exchange may be under way."""


def connect() -> None:
    session_ended.connect(_session_ended, dispatch_uid="tokens.session_ended")
    subject_changed.connect(_subject_changed, dispatch_uid="tokens.subject_changed")


def _session_ended(sid: str, subject: str, expires: datetime, **_: Any) -> None:
    # Nothing that hangs on the session alone outlives it.
    store().journal.revoke(journal.session(sid), expires)
    store().outbox.queue_session(sid, subject, _recheck_after())


def _subject_changed(subject: str, **_: Any) -> None:
    # First, while the journal tells which sign-ins this ends.
    store().outbox.queue_subject(subject, _recheck_after())
    store().journal.revoke_until_now(journal.subject(subject), clock.now() + JOURNAL_LIFETIME)


def _recheck_after() -> timedelta:
    """After how long no code from before can be redeemed any more, nor its exchange be under way."""
    return timedelta(seconds=conf().code_lifetime) + SLACK
