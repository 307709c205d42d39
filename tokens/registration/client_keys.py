"""The keys that a client signs with (RFC 7591 §2, `jwks` and `jwks_uri`).

What a `jwks_uri` answers is kept in this process for FRESH seconds, and asked for sooner when it lacks the key that a
token names; never twice within PAUSE seconds, whether or not it answered, so that nobody who names a client can make us
press its server. While the server does not answer, what it said last holds for STALE seconds. So a key that a client
takes away is refused after FRESH seconds, or STALE where its server is down just then; a new one is taken after PAUSE.
"""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock

from accounts.ground import turn
from tokens.fetch import FetchFailed, fetch_json
from tokens.protocol import jose, jwks
from tokens.protocol.jose import Jws
from tokens.protocol.jwks import VerifyingKey
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client

PAUSE = 30.0  # seconds
FRESH = 300.0  # seconds
STALE = 3600.0  # seconds
MAX_KEPT = 1000  # clients; the ones that were not asked for longest go
MAX_WAITING = 4
"""Threads of this process that may wait for strangers' servers at once; the others go on answering."""

logger = logging.getLogger(__name__)

Keys = tuple[VerifyingKey, ...]


@dataclass(slots=True)
class _Kept:
    """What one `jwks_uri` said. Times are of the monotonic clock."""

    keys: Keys = ()
    read_at: float = float("-inf")
    asked_at: float = float("-inf")
    lock: Lock = field(default_factory=Lock)
    """Held while asking: other threads that need the answer wait for this one."""


_kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
_kept_lock = Lock()
_waiting = BoundedSemaphore(MAX_WAITING)


def client_keys(client: Client, token: Jws) -> Keys:
    """The client's keys; what its `jwks_uri` said last, where the token's key is in it, else what it says now. None
    where they cannot be had, which the log tells. Raises TemporarilyUnavailable."""
    if client.jwks is not None or not client.jwks_uri:
        return jwks.verifying_keys(client.jwks)
    kept = _entry(client)
    if not _has(kept, token) and (_is_due(kept) or kept.lock.locked()):
        _ask(client, kept, token)
    return kept.keys if _age(kept) <= STALE else ()


def _entry(client: Client) -> _Kept:
    name = (client.client_id, client.jwks_uri)
    with _kept_lock:
        kept = _kept.setdefault(name, _Kept())
        _kept.move_to_end(name)
        if len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
        return kept


def _ask(client: Client, kept: _Kept, token: Jws) -> None:
    if not _waiting.acquire(blocking=False):
        raise refusal("temporarily_unavailable", why="the keys of too many clients are being fetched at this moment")
    try:
        with turn.given_back(), kept.lock:
            if not _has(kept, token) and _is_due(kept):
                _read(client, kept)
    finally:
        _waiting.release()


def _read(client: Client, kept: _Kept) -> None:
    kept.asked_at = time.monotonic()
    try:
        document = fetch_json(client.jwks_uri)
        if not isinstance(document.get("keys"), list):
            raise FetchFailed("what it answered is no JWK Set")
    except FetchFailed as error:
        logger.warning("no keys of client %s: %s %s", client.client_id, client.jwks_uri, error)
        return
    kept.keys, kept.read_at = jwks.verifying_keys(document), time.monotonic()


def _has(kept: _Kept, token: Jws) -> bool:
    return _age(kept) <= FRESH and any(jose.fits(token, key) for key in kept.keys)


def _is_due(kept: _Kept) -> bool:
    return time.monotonic() - kept.asked_at >= PAUSE


def _age(kept: _Kept) -> float:
    return time.monotonic() - kept.read_at
