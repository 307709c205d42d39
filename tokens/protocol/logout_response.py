"""What a client's answer to a logout notice means (OpenID Connect Back-Channel Logout 1.0 §2.8), and when to try
again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

DELIVERED = (200, 204)
"""§2.8: some frameworks make a 204 of a 200 without a body."""
PASSING = (408, 425, 429)
"""What passes, as all of 5xx does."""
GIVE_UP_AFTER = timedelta(hours=24)
LEAST_ATTEMPTS = 5
"""Before a notice is given up, however long it lay here."""
MOST_REFUSALS = 3
"""Attempts at a client that refuses. Not one: §2.8 has a 400 also where its own logout failed for a moment, and a
deployment answers 404 for a while."""
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of an HTTP response and its Retry-After, or why there is none."""

    outcome: str
    status: int | None = None
    retry_after: str | None = None


def is_delivered(answer: Answer) -> bool:
    return answer.status in DELIVERED


def is_hopeless(answer: Answer, attempts: int, age: timedelta) -> bool:
    """Whether to give up after the last of `attempts`, at this age of the notice."""
    if _may_pass(answer):
        return age >= GIVE_UP_AFTER and attempts >= LEAST_ATTEMPTS
    return attempts >= MOST_REFUSALS


def pause(answer: Answer, attempts: int, *, jitter: float, now: datetime) -> float:
    """Seconds until the next attempt: doubled each time, up to an hour, and as the client asks within that. `jitter`,
    from 0 to 1, spreads what failed together."""
    backoff: float = min(FIRST_PAUSE * 2 ** min(attempts - 1, 16), LONGEST_PAUSE)
    requested = _seconds(answer.retry_after, now) if _may_pass(answer) else 0.0
    return max(backoff * (0.75 + jitter / 2), min(requested, LONGEST_PAUSE))


def _may_pass(answer: Answer) -> bool:
    return answer.status is None or answer.status in PASSING or answer.status >= 500


def _seconds(retry_after: str | None, now: datetime) -> float:
    """RFC 9110 §10.2.3: seconds or a date; 0 for anything else."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
