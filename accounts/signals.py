"""What happens to sessions and subjects. Both are sent inside the transaction that does it; an exception aborts it."""

from django.dispatch import Signal

session_ended = Signal()
"""sid: str, subject: str, expires: datetime, when it would have ended by itself. A sign-in has ended, by sign-out or by
force; expiry sends nothing, nor does the end of all of a subject's at once, of which `subject_changed` tells."""

subject_changed = Signal()
"""subject: str. The password changed, the account was switched off or on or deleted, or the person signed out
everywhere: every sign-in up to now is void."""
