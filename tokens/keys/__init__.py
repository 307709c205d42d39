"""Signing keys: sealed in the store, published as a JWK Set, never loaded twice. Owns who signs, not what is signed."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, runtime_checkable

from django.utils.module_loading import import_string

from accounts.ground.sealing import CannotUnseal
from tokens.conf import conf
from tokens.keys.local import LocalSigner, NoSigningKey
from tokens.keys.rotation import create_missing
from tokens.protocol.records import JwkSet

__all__ = ["CannotUnseal", "JwkSet", "LocalSigner", "NoSigningKey", "Signer", "create_missing", "signer"]


@runtime_checkable
class Signer(Protocol):
    """What signs for the issuer: in this process, or in a key service."""

    def sign(self, claims: Mapping[str, object], *, typ: str, alg: str) -> str:
        """A compact JWS (RFC 7515) under the active key of `alg`. Raises NoSigningKey."""

    def verify(self, token: str, *, typ: str, retired: bool = False) -> dict[str, Any] | None:
        """The claims of a token that we signed as that `typ`, expired or not; None for any other text. `retired`: also
        under a key that is no longer published."""

    def jwks(self) -> JwkSet:
        """The public halves of every key that relying parties may meet, and how long they may count on that."""


def signer() -> Signer:
    """The signer that settings name."""
    return _made(conf().signer)


@cache
def _made(path: str) -> Signer:
    instance: Signer = import_string(path)()
    return instance
