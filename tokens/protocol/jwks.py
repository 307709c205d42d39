"""JWK Sets of clients (RFC 7517 §5, RFC 7518 §6): which of their keys verify what, and what forbids registering one."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import base64_to_int

PublicKey = RSAKey | ECKey | OKPKey

MAX_KEYS = 20
"""A client rotates among a few; what comes after these is not read."""
RSA_BITS = range(2048, 8192 + 1)
MAX_EXPONENT = 2**32
"""A public exponent is short, 65537 nearly always; a long one makes verifying cost what signing does."""
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
KINDS: Mapping[tuple[str, str | None], tuple[str, ...]] = {
    ("RSA", None): ("RS256", "PS256"),
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("EdDSA",),
}
"""`kty` and `crv` → the algorithms (RFC 7518 §3.1, RFC 8037 §3.1) that such a key can verify."""
ALGS = tuple(alg for algs in KINDS.values() for alg in algs)
MAX_TEXT = 1400
"""Characters of the longest number in a key that can be used: of a modulus of 8192 bits, in base64url."""
_MATERIAL = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_CLASSES: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, and the algorithms that it may be used with: a token has no say in them (RFC 8725 §3.1)."""

    kid: str | None
    algs: tuple[str, ...]
    key: PublicKey


def verifying_keys(jwks: object) -> tuple[VerifyingKey, ...]:
    """The keys that verify signatures. Any other is passed over, as RFC 7517 §5 says, and so is one that is no secret
    any more."""
    keys = (_verifying_key(jwk) for jwk in _members(jwks)[:MAX_KEYS])
    return tuple(key for key in keys if key is not None)


def faults(jwks: object) -> Iterator[str]:
    """What forbids registering the set, each a sentence for the person who registers it."""
    members = _members(jwks)
    if not members:
        yield "must be an object with the array `keys`, and a key in it"
    if len(members) > MAX_KEYS:
        yield f"has more than {MAX_KEYS} keys"
        return
    for place, jwk in enumerate(members, 1):
        for fault in _key_faults(jwk):
            yield f"key {place} {fault}"
    kids = Counter(jwk["kid"] for jwk in members if isinstance(jwk, dict) and isinstance(jwk.get("kid"), str))
    if any(times > 1 for times in kids.values()):
        yield "has two keys of one kid"


def _members(jwks: object) -> list[Any]:
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    return keys if isinstance(keys, list) else []


def _verifying_key(jwk: object) -> VerifyingKey | None:
    if not isinstance(jwk, dict) or not PRIVATE_MEMBERS.isdisjoint(jwk):
        return None
    algs, kid, key_ops = _algs(jwk), jwk.get("kid"), jwk.get("key_ops", ["verify"])
    if not algs or not isinstance(kid, str | None) or jwk.get("use", "sig") != "sig":
        return None
    if not isinstance(key_ops, list) or "verify" not in key_ops:
        return None
    key = _load(jwk)
    return None if key is None else VerifyingKey(kid, algs, key)


def _algs(jwk: Mapping[str, Any]) -> tuple[str, ...]:
    kty, crv = jwk.get("kty"), jwk.get("crv")
    if not isinstance(kty, str) or not isinstance(crv, str | None):
        return ()
    return tuple(alg for alg in KINDS.get((kty, crv), ()) if jwk.get("alg", alg) == alg)


def _key_faults(jwk: object) -> Iterator[str]:
    if not isinstance(jwk, dict):
        yield "is not an object"
        return
    if not isinstance(jwk.get("kid", ""), str):
        yield "has a kid that is not a text"
    if jwk.get("kty") not in _MATERIAL:
        yield f"is not a public key: its kty must be one of {', '.join(_MATERIAL)}"
    elif not PRIVATE_MEMBERS.isdisjoint(jwk):
        yield "has private members, and is known to too many now: make a new key and register its public half"
    elif _load(jwk) is None:
        yield "cannot be read, or is an RSA key of less than 2048 or more than 8192 bits"


def _load(jwk: Mapping[str, Any]) -> PublicKey | None:
    """The key from only what it is made of: `use`, `alg` and `key_ops` were judged by us."""
    kty = jwk["kty"]
    material = tuple(jwk.get(name) for name in _MATERIAL[kty])
    if not all(isinstance(part, str) and len(part) <= MAX_TEXT for part in material):
        return None
    return _loaded(kty, material)


@lru_cache(maxsize=1024)
def _loaded(kty: str, material: tuple[str, ...]) -> PublicKey | None:
    """Kept, because making a key costs more than using it."""
    jwk: dict[str, Any] = {"kty": kty, **dict(zip(_MATERIAL[kty], material, strict=True))}
    try:
        if kty == "RSA" and not _is_sound(base64_to_int(jwk["n"]), base64_to_int(jwk["e"])):
            return None
        return _CLASSES[kty].import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _is_sound(modulus: int, exponent: int) -> bool:
    return modulus.bit_length() in RSA_BITS and modulus % 2 == 1 and 3 <= exponent < MAX_EXPONENT
