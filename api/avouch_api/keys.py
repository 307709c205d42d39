"""The provider's metadata and keys, kept as long as it says, and looked at again for a `kid` that is not among them."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from avouch_api import fetch
from avouch_api.refusals import Unavailable

DISCOVERY = "/.well-known/openid-configuration"
MAX_AGE = 300  # seconds
"""Of an answer that does not say how long it may be kept."""
AGAIN = 5.0  # seconds
"""So often at the most for unknown names of keys, which anybody can make up, and after a failure."""
STALE = 24 * 3600.0  # seconds
"""So long the last keys are used where the provider does not answer: a token lives for minutes."""


@dataclass(frozen=True, slots=True)
class Kept:
    value: Any
    read_at: float
    until: float
    """Both on the clock that is given."""


class Cache:
    """What one address answers, read by `read`. Threads share it: one reads, the others go on with what there is."""

    def __init__(
        self, url: str, timeout: float, read: Callable[[dict[str, Any]], Any], clock: Callable[[], float] | None = None
    ) -> None:
        self._url, self._timeout, self._read = url, timeout, read
        self._clock = clock or time.monotonic
        self._lock = threading.Lock()
        self._kept: Kept | None = None
        self._tried_at = float("-inf")

    def get(self, *, again: bool = False) -> Any:
        """`again`: what is there lacks something, so that it is looked at once more. Raises Unavailable where there is
        nothing that could be used."""
        kept, now = self._kept, self._clock()
        if kept is not None and now < kept.until and not again:
            return kept.value
        # Without what it needs it waits for who looks already; else it goes on with what there is.
        waits = kept is None or again
        if self._lock.acquire(blocking=waits):
            try:
                self._look_again(kept)
            finally:
                self._lock.release()
        return self._usable()

    def _look_again(self, seen: Kept | None) -> None:
        now = self._clock()
        if self._kept is not seen or now - self._tried_at < AGAIN:
            return
        self._tried_at = now
        try:
            document, max_age = fetch.get(self._url, self._timeout)
            value = self._read(document)
        except Unavailable:
            return
        self._kept = Kept(value, now, now + (MAX_AGE if max_age is None else max_age))

    def _usable(self) -> Any:
        kept = self._kept
        if kept is None or self._clock() > kept.read_at + STALE:
            raise Unavailable("the provider does not answer")
        return kept.value


def metadata(issuer: str, timeout: float) -> Cache:
    """The provider's metadata, if they are this issuer's (OpenID Connect Discovery §4.3)."""

    def read(document: dict[str, Any]) -> dict[str, Any]:
        if document.get("issuer") != issuer:
            raise Unavailable("the metadata are another issuer's")
        return document

    return Cache(issuer.rstrip("/") + DISCOVERY, timeout, read)


def key_set(document: dict[str, Any]) -> KeySet:
    """A JWK Set (RFC 7517 §5); keys of a kind that is not known here are passed over."""
    keys = [key for each in document.get("keys", ()) if (key := _key(each)) is not None]
    if not keys:
        raise Unavailable("the provider publishes no key that is known here")
    return KeySet(keys)


def _key(jwk: Any) -> Any:
    try:
        return KeySet.import_key_set({"keys": [jwk]}).keys[0]
    except (JoseError, ValueError, TypeError, KeyError):
        return None
