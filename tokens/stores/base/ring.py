"""All signing keys in one place, so that what is to be true of all of them is one condition on it: for stores that keep
them so. Each answers the ring as it becomes; None where nothing changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tokens.protocol.records import KeyState, SigningKey

ONE_A_STATE = ("next", "active")
Ring = Mapping[str, SigningKey]


def added(ring: Ring, key: SigningKey) -> Ring | None:
    taken = {(each.alg, each.state) for each in ring.values() if each.state in ONE_A_STATE}
    return None if key.kid in ring or (key.alg, key.state) in taken else {**ring, key.kid: key}


def activated(ring: Ring, key: SigningKey, after: timedelta, now: datetime) -> Ring | None:
    if not _has_been(ring, key.kid, "next", now - after):
        return None
    active = [each for each in ring.values() if (each.alg, each.state) == (key.alg, "active")]
    return {
        **ring,
        **{each.kid: replace(each, state="retiring", since=now) for each in active},
        key.kid: replace(ring[key.kid], state="active", since=now),
    }


def withdrawn(ring: Ring, key: SigningKey, now: datetime) -> Ring | None:
    if key.kid not in ring or ring[key.kid].state not in ONE_A_STATE:
        return None
    return {**ring, key.kid: replace(ring[key.kid], state="retiring", since=now)}


def retired(ring: Ring, key: SigningKey, after: timedelta, now: datetime) -> Ring | None:
    return _ended(ring, key.kid, "retired", now) if _has_been(ring, key.kid, "retiring", now - after) else None


def revoked(ring: Ring, kid: str, now: datetime) -> Ring | None:
    return _ended(ring, kid, "revoked", now) if kid in ring and ring[kid].state != "revoked" else None


def _has_been(ring: Ring, kid: str, state: KeyState, since: datetime) -> bool:
    return kid in ring and ring[kid].state == state and ring[kid].since <= since


def _ended(ring: Ring, kid: str, state: KeyState, now: datetime) -> Ring:
    return {**ring, kid: replace(ring[kid], state=state, private="", since=now)}
