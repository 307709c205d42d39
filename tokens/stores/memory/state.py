"""What all parts of a store in memory share: the tables, the clock and the one lock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from tokens.protocol.handles import Key
from tokens.protocol.records import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    Consent,
    Interaction,
    LogoutDelivery,
    RefreshToken,
    Resource,
    RunLease,
    SigningKey,
)
from tokens.stores.memory.tables import Table


@dataclass(frozen=True, slots=True)
class Assertion:
    expires: datetime


@dataclass(frozen=True, slots=True)
class Revocation:
    """`until` is None where it is for ever."""

    until: datetime | None
    expires: datetime


@dataclass(frozen=True, slots=True)
class Run:
    started: datetime
    expires: datetime
    finished: datetime | None = None
    rows: Mapping[str, int] = field(default_factory=dict)


class State:
    """Every verb holds the lock, and waits for nothing while it does."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.lock = Lock()
        self.clock = clock
        self.clients: dict[str, Client] = {}
        self.resources: dict[str, Resource] = {}
        self.keys: dict[str, SigningKey] = {}
        self.codes: Table[Key, AuthorizationCode] = Table(clock)
        self.interactions: Table[Key, Interaction] = Table(clock)
        self.assertions: Table[tuple[str, str], Assertion] = Table(clock)
        self.access_tokens: Table[Key, AccessToken] = Table(clock)
        self.refresh_tokens: Table[Key, RefreshToken] = Table(clock)
        self.consents: Table[tuple[str, str], Consent] = Table(clock)
        self.authorizations: Table[str, Authorization] = Table(clock)
        self.revocations: Table[str, Revocation] = Table(clock)
        self.deliveries: Table[int, LogoutDelivery] = Table(clock)
        self.runs: Table[RunLease, Run] = Table(clock)
        self.tables: Mapping[str, Table[Any, Any]] = {
            "run": self.runs,
            "authorization_code": self.codes,
            "interaction": self.interactions,
            "client_assertion": self.assertions,
            "access_token": self.access_tokens,
            "refresh_token": self.refresh_tokens,
            "consent": self.consents,
            "authorization": self.authorizations,
            "revocation": self.revocations,
            "logout_delivery": self.deliveries,
        }

    def void(self, keys: Iterable[str], root_at: datetime) -> bool:
        """Whether one of the journal's keys is void for a sign-in at `root_at`. The caller holds the lock."""
        entries = (self.revocations.get(key) for key in keys)
        return any(entry is not None and (entry.until is None or entry.until >= root_at) for entry in entries)
