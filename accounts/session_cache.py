"""Session data in Redis: only ever a shortcut. Away, hung or emptied, it costs a little time and no sign-in."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

ALIAS = "sessions"
# How long a process leaves a cache alone that has just failed it (seconds).
REST = 5.0

# When this process may ask the cache again, by the monotonic clock.
_rested_at = 0.0


def enabled() -> bool:
    """Whether there is a cache worth asking now."""
    return ALIAS in settings.CACHES and time.monotonic() >= _rested_at


def get(key_hash: str, version: str) -> str | None:
    """The data of exactly this version of the row, if the cache has it."""
    found = _ask("get", _key(key_hash, version))
    return found if isinstance(found, str) else None


def put(key_hash: str, version: str, session_data: str) -> None:
    _ask("set", _key(key_hash, version), session_data)


def _key(key_hash: str, version: str) -> str:
    return f"{key_hash}.{version}"


def _ask(verb: str, *arguments: str) -> Any:
    global _rested_at
    if not enabled():
        return None
    try:
        return getattr(caches[ALIAS], verb)(*arguments)
    except (RedisError, OSError, ValueError):  # away, hung, or holding what we did not write
        _rested_at = time.monotonic() + REST
        return None
