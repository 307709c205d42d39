"""The store in one process's memory: for tests, and to read what a store has to do. It ends with its process."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Protocol, TypeVar

from tokens.protocol.handles import Key
from tokens.protocol.records import Authorization, AuthorizationCode, Client, Consent, Interaction, SigningKey

ONE_A_STATE = ("next", "active")


class Expiring(Protocol):
    @property
    def expires(self) -> datetime: ...


Found = TypeVar("Found", bound=Expiring)


@dataclass(frozen=True, slots=True)
class Revocation:
    expires: datetime


class MemoryStore:
    """Every verb holds the one lock, and waits for nothing while it does."""

    def __init__(self, clients: Iterable[Client] = ()) -> None:
        self._lock = Lock()
        self._clients = {client.client_id: client for client in clients}
        self._codes: dict[Key, AuthorizationCode] = {}
        self._interactions: dict[Key, Interaction] = {}
        self._consents: dict[tuple[str, str], Consent] = {}
        self._authorizations: dict[str, Authorization] = {}
        self._revocations: dict[str, Revocation] = {}
        self._keys: dict[str, SigningKey] = {}
        self._expiring: Mapping[str, dict[Any, Any]] = {
            "authorization_code": self._codes,
            "interaction": self._interactions,
            "consent": self._consents,
            "authorization": self._authorizations,
            "revocation": self._revocations,
        }

    def add_client(self, client: Client) -> None:
        with self._lock:
            self._clients[client.client_id] = client

    def unit(self) -> AbstractContextManager[None]:
        return nullcontext()

    def client(self, client_id: str) -> Client | None:
        with self._lock:
            return self._clients.get(client_id)

    def consent(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        with self._lock:
            return _alive(self._consents.get((subject, client_id)), now)

    def grant_consent(self, consent: Consent) -> None:
        with self._lock:
            self._consents[consent.subject, consent.client_id] = consent

    def add_authorization(self, authorization: Authorization) -> None:
        with self._lock:
            self._authorizations[authorization.id] = authorization

    def authorization(self, authorization_id: str, now: datetime) -> Authorization | None:
        with self._lock:
            if authorization_id in self._revocations:
                return None
            return _alive(self._authorizations.get(authorization_id), now)

    def revoke_authorization(self, authorization_id: str, expires: datetime) -> None:
        with self._lock:
            self._revocations.setdefault(authorization_id, Revocation(expires))

    def add_code(self, code: AuthorizationCode) -> None:
        with self._lock:
            self._codes[code.key] = code

    def consume_code(self, key: Key, client_id: str, now: datetime) -> AuthorizationCode | None:
        with self._lock:
            code = _alive(self._code(key, client_id), now)
            if code is None or code.spent_at is not None:
                return None
            self._codes[key] = replace(code, spent_at=now)
            return self._codes[key]

    def code(self, key: Key, client_id: str) -> AuthorizationCode | None:
        with self._lock:
            return self._code(key, client_id)

    def add_interaction(self, interaction: Interaction) -> None:
        with self._lock:
            self._interactions[interaction.key] = interaction

    def interaction(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        with self._lock:
            return self._waiting(key, browser, now)

    def record_step(self, key: Key, browser: Key, step: str, now: datetime) -> bool:
        with self._lock:
            found = self._waiting(key, browser, now)
            if found is not None:
                self._interactions[key] = replace(found, steps=found.steps | {step})
            return found is not None

    def consume_interaction(self, key: Key, browser: Key, now: datetime) -> bool:
        with self._lock:
            found = self._waiting(key, browser, now)
            if found is not None:
                del self._interactions[key]
            return found is not None

    def keys(self) -> list[SigningKey]:
        with self._lock:
            return sorted(self._keys.values(), key=lambda key: (key.created, key.kid))

    def add_key(self, key: SigningKey) -> bool:
        with self._lock:
            taken = {(held.alg, held.state) for held in self._keys.values() if held.state in ONE_A_STATE}
            if key.kid in self._keys or (key.alg, key.state) in taken:
                return False
            self._keys[key.kid] = key
            return True

    def delete_expired(self, kind: str, grace: float, limit: int) -> int:
        cutoff = datetime.now(UTC) - timedelta(seconds=grace)
        with self._lock:
            return _sweep(self._expiring[kind], cutoff, limit)

    def _code(self, key: Key, client_id: str) -> AuthorizationCode | None:
        code = self._codes.get(key)
        return code if code is not None and code.authorization.client_id == client_id else None

    def _waiting(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        found = _alive(self._interactions.get(key), now)
        return found if found is not None and found.browser == browser else None


def _alive(found: Found | None, now: datetime) -> Found | None:
    return found if found is not None and found.expires > now else None


def _sweep(table: dict[Any, Any], cutoff: datetime, limit: int) -> int:
    expired = [name for name, row in table.items() if row.expires < cutoff]
    for name in expired[:limit]:
        del table[name]
    return len(expired[:limit])
