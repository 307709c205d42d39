"""Signing in this process, with keys from the store.

A key never changes under its kid, so its loaded form is kept for ever. Which keys there are is read again after
RELOAD seconds: so long may a new or retired key take to be known on every node.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from tokens.conf import SIGNING_ALGS, conf
from tokens.keys.sealing import seal, unseal
from tokens.protocol.records import SigningKey
from tokens.stores import store

RELOAD = 5.0  # seconds
MAX_TOKEN = 8192  # characters; ours are far shorter
PUBLISHED = ("next", "active", "retiring")

LoadedKey = RSAKey | ECKey


class NoSigningKey(Exception):
    """The store has no active key of an algorithm."""


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys as they were read at `read_at` on the monotonic clock."""

    keys: Mapping[str, SigningKey]
    active: Mapping[str, SigningKey]
    read_at: float


class LocalSigner:
    """Holds no lock: threads that reload at once each read the same keys, and the last ring stays."""

    def __init__(self) -> None:
        self._ring: Ring | None = None

    def sign(self, claims: Mapping[str, object], *, typ: str, alg: str) -> str:
        key = self._read().active.get(alg) or self._read(fresh=True).active.get(alg)
        if key is None:
            raise NoSigningKey(f"no active {alg} key: run `manage.py rotatekeys --ensure`")
        header = {"alg": alg, "typ": typ, "kid": key.kid}
        return jws.serialize_compact(header, _json(claims), _private(key.kid, key.private), algorithms=[alg])

    def verify(self, token: str, *, typ: str, retired: bool = False) -> dict[str, Any] | None:
        key = self._signing_key(token, typ) if len(token) <= MAX_TOKEN else None
        if key is None or (key.state == "retired" and not retired):
            return None
        try:
            verified = jws.deserialize_compact(token, _public(key.kid, _json(key.public)), algorithms=[key.alg])
            claims = json.loads(verified.payload)
        except (JoseError, ValueError, RecursionError):
            return None
        return claims if isinstance(claims, dict) else None

    def jwks(self) -> dict[str, list[Mapping[str, Any]]]:
        return {"keys": [key.public for key in self._last().keys.values() if key.state in PUBLISHED]}

    def _signing_key(self, token: str, typ: str) -> SigningKey | None:
        """The key that the header names, where the header is one that we write: any other member (jku, jwk, crit …)
        makes it a stranger's, and the algorithm is the key's own, whatever the header says."""
        try:
            header: object = jws.extract_compact(token.encode("ascii")).headers()
        except (JoseError, ValueError, RecursionError):
            return None
        kid = header.get("kid") if isinstance(header, dict) else None
        if not isinstance(kid, str):
            return None
        key = self._read().keys.get(kid)
        if key is None or header != {"alg": key.alg, "typ": typ, "kid": kid}:
            return None
        return key

    def _last(self) -> Ring:
        """The ring, as it was where the store is away. Only for publishing: within a transaction a failure that is
        swallowed would let it end as if it had been committed."""
        try:
            return self._read()
        except (DatabaseError, InterfaceError):
            if self._ring is None:
                raise
            return self._ring

    def _read(self, *, fresh: bool = False) -> Ring:
        ring = self._ring
        if ring is None or fresh or time.monotonic() - ring.read_at > RELOAD:
            if ring is not None:
                # One reads them again; the others go on with these, and so do all for a while where it fails.
                self._ring = replace(ring, read_at=time.monotonic())
            keys = store().keys()
            active = {key.alg: key for key in keys if key.state == "active"}
            self._ring = ring = Ring({key.kid: key for key in keys}, active, time.monotonic())
        return ring


def create_missing(now: datetime) -> list[str]:
    """Makes an active key of every algorithm that has none; the kids made. Safe on many nodes at once: one wins.

    Raises CannotUnseal when our sealing keys do not open one that signs.
    """
    held = store().keys()
    signing = [key for key in held if key.state == "active"]
    for key in signing:
        unseal(key.private, key.kid, settings.SEALING_KEYS)
    active = {key.alg for key in signing}
    made = []
    for alg in SIGNING_ALGS:
        if alg not in active:
            key = _generate(alg, now)
            if store().add_key(key):
                made.append(key.kid)
    return made


def _generate(alg: str, now: datetime) -> SigningKey:
    loaded: LoadedKey = RSAKey.generate_key(2048) if alg == "RS256" else ECKey.generate_key("P-256")
    kid = f"{conf().region}-{secrets.token_urlsafe(12)}"
    public = {**loaded.as_dict(private=False), "kid": kid, "use": "sig", "alg": alg}
    private = seal(_json(loaded.as_dict(private=True)), kid, settings.SEALING_KEYS)
    return SigningKey(kid=kid, alg=alg, public=public, private=private, state="active", created=now)


@lru_cache(maxsize=64)
def _private(kid: str, sealed: str) -> LoadedKey:
    return _load(json.loads(unseal(sealed, kid, settings.SEALING_KEYS)))


@lru_cache(maxsize=64)
def _public(kid: str, public: bytes) -> LoadedKey:
    return _load(json.loads(public))


def _load(jwk: dict[str, Any]) -> LoadedKey:
    return RSAKey.import_key(jwk) if jwk["kty"] == "RSA" else ECKey.import_key(jwk)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
