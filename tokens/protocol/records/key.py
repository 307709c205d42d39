"""Signing keys, and what is published of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

KeyState = Literal["next", "active", "retiring", "retired", "revoked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair; `private` is sealed, `public` a JWK (RFC 7517).

    A key is published as `next`, signs while `active`, stays published as `retiring` until all that it signed has
    expired, and `retired` still tells its old ID tokens. `revoked`: nothing that it signed is believed. The last two
    have no private half.
    """

    kid: str
    alg: str
    public: Mapping[str, Any]
    private: str
    state: KeyState
    created: datetime
    since: datetime
    """From when it has its state, by the store's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JwkSet:
    """What we publish (RFC 7517 §5), for each algorithm the key that signs first; for `max_age` seconds it may be
    cached."""

    keys: tuple[Mapping[str, Any], ...]
    max_age: int
