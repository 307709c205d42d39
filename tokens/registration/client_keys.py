"""The keys that a client signs with (RFC 7591 §2, `jwks` and `jwks_uri`).

What a `jwks_uri` answers is kept in this process for FRESH seconds, and asked for sooner when it lacks the key that a
token names; never twice within PAUSE seconds, whether or not it answered, so that nobody who names a client can make us
press its server. While the server does not answer, what it said last holds for STALE seconds. So a key that a client
takes away is refused after FRESH seconds, or STALE where its server is down just then; a new one is taken after PAUSE.

Servers are asked in threads of their own, before FRESH seconds are over where somebody asks for the client just then. A
request that needs the answer waits for it, in one of few places, of which a client has no more than its share; who
finds none is told to come back, and finds the answer then. An assertion that is refused is refused after REFUSED_AFTER
seconds, whoever it names and in the same places, so that the time tells nobody which clients there are
(docs/decisions/0037).
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import Lock

from django.conf import settings

from accounts.ground import turn
from accounts.ground.places import Places
from tokens.fetch import MAX_SECONDS, FetchFailed, fetch_json
from tokens.protocol import jose, jwks
from tokens.protocol.errors import InvalidClient, OAuthError
from tokens.protocol.jose import Jws
from tokens.protocol.jwks import VerifyingKey
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client

PAUSE = 30.0  # seconds
FRESH = 300.0  # seconds
AHEAD = 60.0
"""Seconds before the end of FRESH from which on it is asked again while the requests go on with what there is."""
STALE = 3600.0  # seconds
MAX_KEPT = 1000  # clients; the ones that were not asked for longest go
MAX_ASKED = 16
"""Servers that this process asks at once; the others wait."""
PATIENCE = MAX_SECONDS + 1
"""Seconds that a request waits for a server: longer than any that is asked at once takes."""
REFUSED_AFTER = PATIENCE

logger = logging.getLogger(__name__)

Keys = tuple[VerifyingKey, ...]


@dataclass(slots=True)
class _Kept:
    """What one `jwks_uri` said. Times are of the monotonic clock."""

    keys: Keys = ()
    read_at: float = float("-inf")
    asked_at: float = float("-inf")
    asking: Future[None] | None = None
    """The last time that it was asked: who needs the answer waits for this one."""
    lock: Lock = field(default_factory=Lock)


_kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
_kept_lock = Lock()
_asking = ThreadPoolExecutor(MAX_ASKED, "client-keys")


@cache
def waiting() -> Places:
    """Where requests of this process wait: a third of its threads, so that the others go on answering, and in the name
    of one client a quarter of these."""
    connections = settings.DATABASE_POOL
    return Places(most=2 * connections, each=max(1, connections // 2))


@contextmanager
def keys_for(client_id: str) -> Iterator[Callable[[Client, Jws], Keys]]:
    """For one request that names the client, whether or not there is one: what gives a client's keys. What the block
    refuses is refused as late as if no server had answered. Raises TemporarilyUnavailable where nobody could wait."""
    request = _Wait(client_id)
    try:
        yield request.keys
    except InvalidClient:
        request.until_refused()
        raise
    finally:
        request.end()


@dataclass(slots=True)
class _Wait:
    """Of one request. It keeps its place to the end: to look for another would tell that it had one."""

    client_id: str
    since: float = field(default_factory=lambda: time.monotonic())
    placed: bool = False

    def keys(self, client: Client, token: Jws) -> Keys:
        """The client's keys; what its `jwks_uri` said last, where the token's key is in it, else what it says now. None
        where they cannot be had, which the log tells."""
        if client.jwks is not None or not client.jwks_uri:
            return jwks.verifying_keys(client.jwks)
        kept = _entry(client)
        asking = _asked(client, kept, token)
        if asking is not None:
            with self._place():
                wait([asking], max(0.0, PATIENCE - _age(self.since)))
        return kept.keys if _age(kept.read_at) <= STALE else ()

    def until_refused(self) -> None:
        with self._place():
            time.sleep(max(0.0, REFUSED_AFTER - _age(self.since)))
        if _crowded():
            raise _come_back()

    def end(self) -> None:
        if self.placed:
            waiting().leave(self.client_id)

    @contextmanager
    def _place(self) -> Iterator[None]:
        self.placed = self.placed or waiting().take(self.client_id)
        if not self.placed:
            raise _come_back()
        with turn.given_back():
            yield


def _come_back() -> OAuthError:
    return refusal("temporarily_unavailable", why="the keys of too many clients are being fetched at this moment")


def _crowded() -> bool:
    """Whether more servers are to be asked than can be at once: somebody may have been refused for no other reason."""
    with _kept_lock:
        return sum(kept.asking is not None and not kept.asking.done() for kept in _kept.values()) > MAX_ASKED


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
        has, age = _has(kept, token), _age(kept.read_at)
        if has and age <= FRESH - AHEAD:
            return None
        if _age(kept.asked_at) >= PAUSE:
            kept.asked_at, kept.asking = time.monotonic(), _asking.submit(_read, client, kept)
        return None if has or kept.asking is None or kept.asking.done() else kept.asking


def _read(client: Client, kept: _Kept) -> None:
    try:
        document = fetch_json(client.jwks_uri, client=client.client_id)
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
