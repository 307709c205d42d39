"""Signing in this process, with keys from the store.

A key never changes under its kid, so its loaded form is kept for ever. Which keys there are and in which state is read
again after RELOAD seconds: so long may a new, retired or revoked key take to be known on every node.
"""

import json
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from accounts.ground.sealing import seal, unseal
from accounts.ground.unavailable import Unavailable
from tokens.conf import SIGNING_ALGS, conf, signing_algs
from tokens.protocol import access_token
from tokens.protocol.jose import REGISTRIES
from tokens.protocol.records import JwkSet, KeyState, SigningKey
from tokens.stores import store

RELOAD = 5.0  # seconds
AGAIN = 0.2  # seconds
"""What is missing is looked for again so soon: a key that another node just made is found, and any number of made-up
kids costs five queries a second, not one each."""
PUBLISHED = ("active", "next", "retiring")
"""In the order of the JWK Set, within an algorithm: who takes the first key of it takes the one that signs."""

LoadedKey = RSAKey | ECKey | OKPKey
GENERATE: Mapping[str, Callable[[], LoadedKey]] = {
    "RS256": partial(RSAKey.generate_key, 2048),
    "PS256": partial(RSAKey.generate_key, 2048),
    "ES256": partial(ECKey.generate_key, "P-256"),
    "EdDSA": partial(OKPKey.generate_key, "Ed25519"),
}
_CLASSES: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


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
        self._failed_at = -math.inf

    def sign(self, claims: Mapping[str, object], *, typ: str, alg: str) -> str:
        if alg not in signing_algs():
            raise NoSigningKey(f"{alg} is not offered here: IDP_TOKENS_SIGNING_ALGS leaves it out")
        key = self._read().active.get(alg) or self._read(AGAIN).active.get(alg)
        if key is None:
            raise NoSigningKey(f"no active {alg} key: run `manage.py rotatekeys --ensure`")
        header = {"alg": alg, "typ": typ, "kid": key.kid}
        return jws.serialize_compact(header, _json(claims), _private(key.kid, key.private), registry=REGISTRIES[alg])

    def verify(self, token: str, *, typ: str, retired: bool = False) -> dict[str, Any] | None:
        key = self._signing_key(token, typ) if len(token) <= access_token.MAX_LENGTH else None
        if key is None or key.state not in (*PUBLISHED, *(["retired"] if retired else [])):
            return None
        try:
            verified = jws.deserialize_compact(token, _public(key.kid, _json(key.public)), registry=REGISTRIES[key.alg])
            claims = json.loads(verified.payload)
        except (JoseError, ValueError, RecursionError):
            return None
        return claims if isinstance(claims, dict) else None

    def jwks(self) -> JwkSet:
        ring = self._last()
        published = [key for key in ring.keys.values() if key.state in PUBLISHED]
        published.sort(key=lambda key: (_place(key.alg), PUBLISHED.index(key.state), key.kid))
        # Nobody may hold on to a set that is older than a new key counts on.
        late = max(0, math.ceil(time.monotonic() - ring.read_at - RELOAD))
        return JwkSet(keys=tuple(key.public for key in published), max_age=max(0, conf().jwks_max_age - late))

    def _signing_key(self, token: str, typ: str) -> SigningKey | None:
        """The key that the header names, where the header is one that we write: any other member (jku, jwk, crit …)
        makes it a stranger's, and the algorithm is the key's own, not the header's."""
        try:
            header: object = jws.extract_compact(token.encode("ascii")).headers()
        except (JoseError, ValueError, RecursionError):
            return None
        kid = header.get("kid") if isinstance(header, dict) else None
        if not isinstance(kid, str):
            return None
        key = self._read().keys.get(kid) or self._read(AGAIN).keys.get(kid)
        if key is None or header != {"alg": key.alg, "typ": typ, "kid": kid}:
            return None
        return key

    def _read(self, within: float = RELOAD) -> Ring:
        """The keys as they were at most `within` seconds ago. Fails with the store: a transaction goes on here, and one
        that is broken must not end as if it were not."""
        ring, now = self._ring, time.monotonic()
        if ring is None or now - ring.read_at > within:
            keys = store().keys.all()
            active = {key.alg: key for key in keys if key.state == "active"}
            self._ring = ring = Ring({key.kid: key for key in keys}, active, now)
        return ring

    def _last(self) -> Ring:
        """Like `_read`; while the database is down, the last ring read. Nothing can be revoked meanwhile, and old keys,
        served uncacheable, are better than none."""
        ring = self._ring
        if ring is not None and time.monotonic() - self._failed_at <= RELOAD:
            return ring
        try:
            return self._read()
        except (OperationalError, InterfaceError, Unavailable):
            if ring is None:
                raise
            # Not to be waited for by every request.
            self._failed_at = time.monotonic()
            return ring


def generate(alg: str, now: datetime, state: KeyState = "active") -> SigningKey:
    """A new key pair, sealed."""
    loaded = GENERATE[alg]()
    kid = f"{conf().region}-{secrets.token_urlsafe(12)}"
    public = {**loaded.as_dict(private=False), "kid": kid, "use": "sig", "alg": alg}
    private = seal(_json(loaded.as_dict(private=True)), kid, settings.SEALING_KEYS)
    return SigningKey(kid=kid, alg=alg, public=public, private=private, state=state, created=now, since=now)


def _place(alg: str) -> int:
    """In the JWK Set; behind all that we know for what a newer node made."""
    return SIGNING_ALGS.index(alg) if alg in SIGNING_ALGS else len(SIGNING_ALGS)


@lru_cache(maxsize=64)
def _private(kid: str, sealed: str) -> LoadedKey:
    return _load(json.loads(unseal(sealed, kid, settings.SEALING_KEYS)))


@lru_cache(maxsize=64)
def _public(kid: str, public: bytes) -> LoadedKey:
    return _load(json.loads(public))


def _load(jwk: dict[str, Any]) -> LoadedKey:
    return _CLASSES[jwk["kty"]].import_key(jwk)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
