"""What accounts announces, written into the journal and the outbox inside the transaction that does it: an exception
here aborts it. A store that is elsewhere hears it after the commit, by what is written there (`Store.endings`)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from accounts.ground import clock
from accounts.signals import ends_owed, session_ended, subject_changed
from tokens.conf import JOURNAL_LIFETIME
from tokens.protocol import journal
from tokens.stores import store
from tokens.stores.base.outbox import recheck_after


def connect() -> None:
    session_ended.connect(_session_ended, dispatch_uid="tokens.session_ended")
    subject_changed.connect(_subject_changed, dispatch_uid="tokens.subject_changed")
    ends_owed.connect(_ends_owed, dispatch_uid="tokens.ends_owed")


def _ends_owed(subjects: Collection[str], **_: Any) -> bool:
    endings = store().endings
    return endings is not None and endings.are_owed(subjects)


def _session_ended(sid: str, subject: str, expires: datetime, **_: Any) -> None:
    """Nothing that hangs on the session alone outlives it."""
    if (endings := store().endings) is not None:
        endings.session(sid, subject, expires)
        return
    store().journal.revoke(journal.session(sid), expires)
    store().outbox.queue_session(sid, subject, recheck_after())


def _subject_changed(subject: str, **_: Any) -> None:
    expires = clock.now() + JOURNAL_LIFETIME
    if (endings := store().endings) is not None:
        endings.subject(subject, expires)
        return
    # First, while the journal tells which sign-ins this ends.
    store().outbox.queue_subject(subject, recheck_after())
    store().journal.revoke_until_now(journal.subject(subject), expires)
