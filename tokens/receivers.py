"""What accounts tells us, written into the journal inside the transaction that does it: an exception here aborts it."""

from datetime import UTC, datetime
from typing import Any

from accounts.signals import session_ended, subject_changed
from tokens.conf import JOURNAL_LIFETIME
from tokens.protocol import journal
from tokens.stores import store


def connect() -> None:
    session_ended.connect(_session_ended, dispatch_uid="tokens.session_ended")
    subject_changed.connect(_subject_changed, dispatch_uid="tokens.subject_changed")


def _session_ended(sid: str, **_: Any) -> None:
    store().revoke(journal.session(sid), _until())


def _subject_changed(subject: str, **_: Any) -> None:
    store().revoke_until_now(journal.subject(subject), _until())


def _until() -> datetime:
    return datetime.now(UTC) + JOURNAL_LIFETIME
