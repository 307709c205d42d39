"""The keys that a client signs with (RFC 7591 §2, `jwks` and `jwks_uri`).

What a `jwks_uri` answers is kept in this process for FRESH seconds, and asked for sooner when it lacks the key that a
token names; never twice within PAUSE seconds, whether or not it answered, so that nobody who names a client can make us
press its server. While the server does not answer, what it said last holds for STALE seconds. So a key that a client
takes away is refused after FRESH seconds, or STALE where its server is down just then; a new one is taken after PAUSE.

Servers are asked in threads of their own. A request that needs the answer waits for it, in one of MAX_WAITING places;
who finds none is told to come back, and finds the answer then. An assertion that is refused is refused no sooner than
the slowest of these servers answers, in the same places, so that the time tells nobody which clients there are.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock

from accounts.ground import turn
from tokens.fetch import MAX_SECONDS, FetchFailed, fetch_json
from tokens.protocol import jose, jwks
from tokens.protocol.errors import InvalidClient, OAuthError
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
MAX_ASKED = 8
"""Servers that this process asks at once; the others wait."""

logger = logging.getLogger(__name__)

Keys = tuple[VerifyingKey, ...]


@dataclass(slots=True)
class _Kept:
    """What one `jwks_uri` said. Times are of the monotonic clock."""

    keys: Keys = ()
    read_at: float = float("-inf")
    asked_at: float = float("-inf")
    took: float = 0.0
    """Seconds that it took to ask, whatever came of it."""
    asking: Future[None] | None = None
    """The last time that it was asked: who needs the answer waits for this one."""
    lock: Lock = field(default_factory=Lock)


_kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
_kept_lock = Lock()
_waiting = BoundedSemaphore(MAX_WAITING)
_asking = ThreadPoolExecutor(MAX_ASKED, "client-keys")


def client_keys(client: Client, token: Jws) -> Keys:
    """The client's keys; what its `jwks_uri` said last, where the token's key is in it, else what it says now. None
    where they cannot be had, which the log tells. Raises TemporarilyUnavailable."""
    if client.jwks is not None or not client.jwks_uri:
        return jwks.verifying_keys(client.jwks)
    kept = _entry(client)
    asking = _asked(client, kept, token)
    if asking is not None:
        with _place():
            _wait_for(asking)
    return kept.keys if _age(kept.read_at) <= STALE else ()


def _wait_for(asking: Future[None]) -> None:
    try:
        asking.result(MAX_SECONDS + 1)
    except TimeoutError:  # too many others are asked before
        raise _come_back() from None


def _come_back() -> OAuthError:
    return refusal("temporarily_unavailable", why="the keys of too many clients are being fetched at this moment")


@contextmanager
def refusals_take_as_long() -> Iterator[None]:
    """Whoever was named: what the block refuses is refused as late as if the slowest server had been asked. Raises
    TemporarilyUnavailable where nobody could wait for one."""
    since = time.monotonic()
    try:
        yield
    except InvalidClient:
        left = _slowest() - _age(since)
        if left > 0:
            with _place():
                time.sleep(left)
        raise


def _slowest() -> float:
    """Seconds that the slowest server took that was asked within STALE."""
    with _kept_lock:
        return max((kept.took for kept in _kept.values() if _age(kept.asked_at) <= STALE), default=0.0)


@contextmanager
def _place() -> Iterator[None]:
    """Where a request waits that can be made to."""
    if not _waiting.acquire(blocking=False):
        raise _come_back()
    try:
        with turn.given_back():
            yield
    finally:
        _waiting.release()


def _entry(client: Client) -> _Kept:
    name = (client.client_id, client.jwks_uri)
    with _kept_lock:
        kept = _kept.setdefault(name, _Kept())
        _kept.move_to_end(name)
        if len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
        return kept


def _asked(client: Client, kept: _Kept, token: Jws) -> Future[None] | None:
    """What is asked at this moment, or from now on; None where the answer is there, or was asked for just before."""
    with kept.lock:
        if _has(kept, token):
            return None
        if _age(kept.asked_at) >= PAUSE:
            kept.asked_at, kept.asking = time.monotonic(), _asking.submit(_ask, client, kept)
        return kept.asking if kept.asking is not None and not kept.asking.done() else None


def _ask(client: Client, kept: _Kept) -> None:
    since = time.monotonic()
    _read(client, kept)
    kept.took = _age(since)


def _read(client: Client, kept: _Kept) -> None:
    try:
        document = fetch_json(client.jwks_uri)
        if not isinstance(document.get("keys"), list):
            raise FetchFailed("what it answered is no JWK Set")
    except FetchFailed as error:
        logger.warning("no keys of client %s: %s %s", client.client_id, client.jwks_uri, error)
        return
    kept.keys, kept.read_at = jwks.verifying_keys(document), time.monotonic()


def _has(kept: _Kept, token: Jws) -> bool:
    return _age(kept.read_at) <= FRESH and any(jose.fits(token, key) for key in kept.keys)


def _age(since: float) -> float:
    return time.monotonic() - since
