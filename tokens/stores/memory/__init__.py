"""The store in one process's memory: for tests, and to read what a store has to do. It ends with its process."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Protocol, TypeVar

from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import (
    UNBOUND,
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    ClientSecret,
    Consent,
    Interaction,
    KeyState,
    RefreshToken,
    Resource,
    SigningKey,
)
from tokens.stores.base import END, Answer
from tokens.stores.memory.outbox import MemoryOutbox
from tokens.stores.memory.runs import Schedule, Table

ONE_A_STATE = ("next", "active")


class Expiring(Protocol):
    @property
    def expires(self) -> datetime: ...


Found = TypeVar("Found", bound=Expiring)


@dataclass(frozen=True, slots=True)
class Assertion:
    expires: datetime


@dataclass(frozen=True, slots=True)
class Revocation:
    """`until` is None where it is for ever."""

    until: datetime | None
    expires: datetime


class MemoryStore(MemoryOutbox, Schedule):
    """Every verb holds the one lock, and waits for nothing while it does."""

    def __init__(
        self,
        clients: Iterable[Client] = (),
        resources: Iterable[Resource] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self._lock = Lock()
        self._clock = clock
        self._clients = {client.client_id: client for client in clients}
        self._resources = {resource.identifier: resource for resource in resources}
        self._codes: dict[Key, AuthorizationCode] = Table(clock)
        self._interactions: dict[Key, Interaction] = Table(clock)
        self._assertions: dict[tuple[str, str], Assertion] = {}
        self._access_tokens: dict[Key, AccessToken] = Table(clock)
        self._refresh_tokens: dict[Key, RefreshToken] = Table(clock)
        self._consents: dict[tuple[str, str], Consent] = Table(clock)
        self._authorizations: Table = Table(clock)
        self._revocations: dict[str, Revocation] = {}
        self._keys: dict[str, SigningKey] = {}
        self._referring: Mapping[str, Any] = {
            "authorization_code": self._codes,
            "interaction": self._interactions,
            "access_token": self._access_tokens,
            "refresh_token": self._refresh_tokens,
            "consent": self._consents,
            "authorization": self._authorizations,
        }
        self._expiring: Mapping[str, dict[Any, Any]] = {
            **self._referring,
            "run": self._runs,
            "client_assertion": self._assertions,
            "revocation": self._revocations,
            "logout_delivery": self._logouts,
        }

    def add_client(self, client: Client) -> None:
        with self._lock:
            self._clients[client.client_id] = client

    def unit(self) -> AbstractContextManager[None]:
        return nullcontext()

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        return work()

    def client(self, client_id: str) -> Client | None:
        with self._lock:
            return self._clients.get(client_id)

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        with self._lock:
            client = self._clients.get(client_id)
            if client is not None:
                used = tuple(_used(secret, digest, now, pause) for secret in client.secrets)
                self._clients[client_id] = replace(client, secrets=used)

    def add_resource(self, resource: Resource) -> None:
        with self._lock:
            self._resources[resource.identifier] = resource

    def resources(self, identifiers: Collection[str]) -> list[Resource]:
        with self._lock:
            return [self._resources[name] for name in sorted(set(identifiers)) if name in self._resources]

    def consent(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        with self._lock:
            return _alive(self._consents.get((subject, client_id)), now)

    def grant_consent(self, consent: Consent) -> None:
        with self._lock:
            name = (consent.subject, consent.client_id)
            before = self._consents.get(name)
            self._consents[name] = consent if before is None else replace(consent, id=before.id)

    def withdraw_consent(self, consent_id: str) -> None:
        with self._lock:
            for name in [name for name, consent in self._consents.items() if consent.id == consent_id]:
                del self._consents[name]

    def add_authorization(self, authorization: Authorization, first: RefreshToken | None = None) -> bool:
        with self._lock:
            if self._void(journal.of(authorization), authorization.root_at):
                return False
            self._authorizations[authorization.id] = authorization
            if first is not None:
                self._refresh_tokens[first.key] = first
            return True

    def authorization(self, authorization_id: str, now: datetime) -> Authorization | None:
        with self._lock:
            found = _alive(self._authorizations.get(authorization_id), now)
            return None if found is None or self._void(journal.of(found), found.root_at) else found

    def revoke(self, key: str, expires: datetime) -> None:
        with self._lock:
            held = self._revocations.get(key)
            self._revocations[key] = Revocation(None, max(expires, held.expires) if held else expires)

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        with self._lock:
            now = self._clock()
            held = self._revocations.get(key, Revocation(now, expires))
            until = max(held.until, now) if held.until is not None else None
            self._revocations[key] = Revocation(until, max(held.expires, expires))

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        with self._lock:
            return self._void(keys, root_at)

    def add_access_token(self, token: AccessToken) -> None:
        with self._lock:
            self._access_tokens[token.key] = token

    def access_token(self, key: Key, now: datetime) -> AccessToken | None:
        with self._lock:
            return _alive(self._access_tokens.get(key), now)

    def add_refresh_token(self, token: RefreshToken) -> None:
        with self._lock:
            self._refresh_tokens[token.key] = token

    def consume_refresh_token(self, key: Key, client_id: str, now: datetime) -> RefreshToken | None:
        with self._lock:
            token = _alive(self._refresh_token(key, client_id), now)
            if token is None or token.spent_at is not None:
                return None
            self._refresh_tokens[key] = replace(token, spent_at=now)
            return self._refresh_tokens[key]

    def refresh_token(self, key: Key, client_id: str) -> RefreshToken | None:
        with self._lock:
            return self._refresh_token(key, client_id)

    def extend_refresh_token(self, key: Key, expires: datetime) -> None:
        with self._lock:
            token = self._refresh_tokens.get(key)
            if token is not None and token.spent_at is None and token.expires < expires:
                self._refresh_tokens[key] = replace(token, expires=expires)

    def add_code(self, code: AuthorizationCode) -> bool:
        with self._lock:
            if self._void(journal.of(code.authorization), code.authorization.root_at):
                return False
            self._codes[code.key] = code
            return True

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

    def bind_interaction(self, key: Key, browser: Key, steps: Collection[str], now: datetime) -> bool:
        with self._lock:
            found = self._waiting(key, UNBOUND, now)
            if found is not None:
                self._interactions[key] = replace(found, browser=browser, steps=frozenset(steps))
            return found is not None

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

    def use_client_assertion(self, client_id: str, jti: str, expires: datetime) -> bool:
        with self._lock:
            if (client_id, jti) in self._assertions:
                return False
            self._assertions[client_id, jti] = Assertion(expires)
            return True

    def keys(self) -> list[SigningKey]:
        with self._lock:
            return sorted(self._keys.values(), key=lambda key: (key.created, key.kid))

    def add_key(self, key: SigningKey) -> bool:
        with self._lock:
            taken = {(held.alg, held.state) for held in self._keys.values() if held.state in ONE_A_STATE}
            if key.kid in self._keys or (key.alg, key.state) in taken:
                return False
            self._keys[key.kid] = replace(key, since=self._clock())
            return True

    def activate_key(self, key: SigningKey, after: float) -> bool:
        with self._lock:
            if not self._has_been(key.kid, "next", after):
                return False
            for held in list(self._keys.values()):
                if (held.alg, held.state) == (key.alg, "active"):
                    self._keys[held.kid] = replace(held, state="retiring", since=self._clock())
            self._keys[key.kid] = replace(self._keys[key.kid], state="active", since=self._clock())
            return True

    def retire_key(self, key: SigningKey, after: float) -> bool:
        with self._lock:
            return self._has_been(key.kid, "retiring", after) and self._end_key(key.kid, "retired")

    def revoke_key(self, kid: str) -> bool:
        with self._lock:
            return kid in self._keys and self._keys[kid].state != "revoked" and self._end_key(kid, "revoked")

    def delete_expired(self, kind: str, grace: float, limit: int) -> int:
        cutoff = self._clock() - timedelta(seconds=grace)
        with self._lock:
            rows = self._expiring[kind]
            expired = [name for name, end in _ends(kind, rows).items() if end < cutoff][:limit]
            for name in expired:
                del rows[name]
        return len(expired)

    def lag(self, grace: float) -> Mapping[str, float]:
        cutoff = self._clock() - timedelta(seconds=grace)
        with self._lock:
            oldest = {kind: min(_ends(kind, rows).values(), default=cutoff) for kind, rows in self._expiring.items()}
        return {kind: max(0.0, (cutoff - end).total_seconds()) for kind, end in oldest.items()}

    def _code(self, key: Key, client_id: str) -> AuthorizationCode | None:
        code = self._codes.get(key)
        return code if code is not None and code.authorization.client_id == client_id else None

    def _refresh_token(self, key: Key, client_id: str) -> RefreshToken | None:
        token = self._refresh_tokens.get(key)
        return token if token is not None and token.client_id == client_id else None

    def _has_been(self, kid: str, state: KeyState, after: float) -> bool:
        key = self._keys.get(kid)
        return key is not None and key.state == state and key.since <= self._clock() - timedelta(seconds=after)

    def _end_key(self, kid: str, state: KeyState) -> bool:
        self._keys[kid] = replace(self._keys[kid], state=state, private="", since=self._clock())
        return True

    def _void(self, keys: Iterable[str], root_at: datetime) -> bool:
        entries = (self._revocations.get(key) for key in keys)
        return any(entry is not None and (entry.until is None or entry.until >= root_at) for entry in entries)

    def _waiting(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        found = _alive(self._interactions.get(key), now)
        return found if found is not None and found.browser == browser else None


def _alive(found: Found | None, now: datetime) -> Found | None:
    return found if found is not None and found.expires > now else None


def _used(secret: ClientSecret, digest: str, now: datetime, pause: timedelta) -> ClientSecret:
    is_due = secret.last_used is None or secret.last_used <= now - pause
    return replace(secret, last_used=now) if secret.digest == digest and is_due else secret


def _ends(kind: str, rows: dict[Any, Any]) -> dict[Any, datetime]:
    """When each row ends; what has no end yet is not among them."""
    ends = {name: getattr(row, END.get(kind, "expires")) or row.expires for name, row in rows.items()}
    return {name: end for name, end in ends.items() if end is not None}
