"""Reads a compact JWS (RFC 7515 §7.1) that somebody else wrote, strictly (RFC 8725), and leaves the arithmetic to
joserfc. What joserfc is lax about is judged here before it is called (docs/decisions/0002)."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from tokens.protocol.jwks import ALGS, PublicKey, VerifyingKey

MAX_LENGTH = 16 * 1024  # characters
REFUSED_MEMBERS = ("crit", "b64", "jku", "jwk", "x5u", "zip")
"""Members of the header that would change how it is read or name another key. We understand no extension, and keys are
the ones that we know; any other unknown member is ignored, as RFC 7515 §4 says."""


class Unreadable(Exception):
    """Not a JWS that we read. The text says why, for the client's developer."""


@dataclass(frozen=True, slots=True)
class Jws:
    """A token that was read. Nothing in it is true before `is_signed` says so."""

    token: str
    alg: str
    kid: str | None
    typ: str | None
    """In lower case, without `application/` (RFC 7515 §4.1.9)."""
    unverified_claims: Mapping[str, Any]


def read(token: str) -> Jws:
    """The header and claims of the token. Raises Unreadable."""
    if len(token) > MAX_LENGTH:
        raise Unreadable(f"is longer than {MAX_LENGTH} characters")
    try:
        header, claims, _ = token.encode("ascii").split(b".")
        header, claims = urlsafe_b64decode(header), urlsafe_b64decode(claims)
        return _judged(token, json_object(header), json_object(claims))
    except ValueError:
        raise Unreadable("cannot be read: it is not a compact JWS of JSON objects") from None


def fits(token: Jws, key: VerifyingKey) -> bool:
    """Whether the key may have signed the token: for that algorithm, and under that name where it has one."""
    return token.alg in key.algs and token.kid in (None, key.kid)


def is_signed(token: Jws, keys: Iterable[VerifyingKey]) -> bool:
    """Whether one of the keys that fit signed the token."""
    return any(_verifies(token, key.key) for key in keys if fits(token, key))


def json_object(text: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8 whose members come once each (RFC 8725 §2.4). Raises ValueError."""
    value = _json(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def json_array(text: bytes) -> list[Any]:
    """A JSON array, read as strictly. Raises ValueError."""
    value = _json(text)
    if not isinstance(value, list):
        raise ValueError("not an array")
    return value


def _judged(token: str, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Jws:
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if alg not in ALGS:
        raise Unreadable(f"has an alg that is not one of {', '.join(ALGS)}")
    if refused := [name for name in REFUSED_MEMBERS if name in header]:
        raise Unreadable(f"has {refused[0]} in its header")
    if not isinstance(kid, str | None) or not isinstance(typ, str | None):
        raise Unreadable("has a kid or typ that is not a text")
    return Jws(token, alg, kid, typ and typ.lower().removeprefix("application/"), claims)


def _verifies(token: Jws, key: PublicKey) -> bool:
    try:
        jws.deserialize_compact(token.token, key, registry=REGISTRIES[token.alg])
    except (JoseError, ValueError, TypeError, RecursionError):
        return False
    return True


class _Registry(jws.JWSRegistry):
    """One algorithm and no other, room for a header with a certificate chain, and no warning of the name EdDSA, which
    is for those who choose it (RFC 9864)."""

    max_header_length = MAX_LENGTH
    max_payload_length = MAX_LENGTH
    max_signature_length = MAX_LENGTH

    def __init__(self, alg: str) -> None:
        super().__init__(algorithms=[alg], strict_check_header=False)
        self._alg = alg

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name] if name == self._alg else super().get_alg(name)


REGISTRIES = {alg: _Registry(alg) for alg in ALGS}


def _json(text: bytes) -> Any:
    try:
        return json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is repeated")
    return members


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value
