"""Scheduled work and logout notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivery:
    """A notice that a client is owed (OpenID Connect Back-Channel Logout 1.0 §2.5): a session ended."""

    id: str
    client_id: str
    subject: str
    """The person, as `accounts` knows them: never what a pairwise client is told."""
    sid: str | None
    """The session, as `accounts` knows it. None: all sessions of the person."""
    created: datetime
    attempts: int
    """How often it was claimed. Who claimed it earlier has no say any more."""
    due: datetime | None
    """When it may be claimed. None: there is nothing more to do."""
    delivered_at: datetime | None = None
    outcome: str = ""
    """Of the last attempt, for who looks after it."""
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunLease:
    """The right to do a scheduled task for a while. A later one has a higher epoch and makes this void."""

    task: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a claim of a scheduled task came to. It decides nothing."""

    task: str
    epoch: int
    slot: int
    """Which of the task's intervals since 1970 it was claimed in."""
    node: str
    """Who claimed it."""
    started: datetime
    expires: datetime
    """Until when it is remembered."""
    finished: datetime | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    """What it did, by kind."""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """How a scheduled task fares, by the store's clock."""

    task: str
    runs: int
    """How often it was begun, ever."""
    failures: int
    """How many of the runs ended with an error, ever."""
    success_age: float | None = None
    """Seconds since a run ended well; None if none has, or none that is still remembered."""
    duration: float = 0
    """Seconds that this run took."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """What it did, by kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a row names. None: it names none, or another of the ids says as much."""

    key: str
    client_id: str | None = None
    subject: str | None = None
    authorization_id: str | None = None
