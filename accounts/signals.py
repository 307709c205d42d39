"""What happens to sessions and subjects. The first two are sent inside the transaction that does it; an exception
aborts it."""

from collections.abc import Collection

from django.dispatch import Signal

session_ended = Signal()
"""sid: str, subject: str, expires: datetime, when it would have ended by itself. A sign-in has ended, by sign-out or by
force; expiry sends nothing, nor does the end of all of a subject's at once, of which `subject_changed` tells."""

subject_changed = Signal()
"""subject: str. The password changed, the account was switched off or on or deleted, or the person signed out
everywhere: every sign-in up to now is void."""

ends_owed = Signal()
"""subjects: Collection[str]. Asked after the commit: each receiver answers whether it has yet to tell somebody of what
ended of one of them."""


def is_owed(subjects: Collection[str]) -> bool:
    return any(answer for _, answer in ends_owed.send(sender=None, subjects=subjects))
