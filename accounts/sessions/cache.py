"""Session data in Redis: only ever a shortcut. Away, hung or emptied, it costs a little time and no sign-in."""

from typing import Any

from django.conf import settings
from django.core.cache import caches

from accounts.sessions.breaker import Breaker

ALIAS = "sessions"
ERRORS: tuple[type[Exception], ...] = (OSError,)
if ALIAS in settings.CACHES:
    # Here, so that a node without Redis need not load its client.
    from redis.exceptions import RedisError

    ERRORS = (RedisError, OSError)


def enabled() -> bool:
    """Whether there is a cache worth asking now."""
    return ALIAS in settings.CACHES and _breaker.allows()


def get(key_hash: str, version: str) -> str | None:
    """The data of exactly this version of the row, if the cache has it."""
    data = _ask("get", _key(key_hash, version))
    return data if isinstance(data, str) else None


def put(key_hash: str, version: str, session_data: str) -> None:
    _ask("set", _key(key_hash, version), session_data)


def _key(key_hash: str, version: str) -> str:
    return f"{key_hash}.{version}"


def _ask(verb: str, *arguments: str) -> Any:
    if not enabled():
        return None
    try:
        return getattr(caches[ALIAS], verb)(*arguments)
    except ValueError:  # it holds what we did not write
        return None
    except ERRORS as error:
        _breaker.broke(error)
        return None


def _probe() -> None:
    caches[ALIAS].get("probe")


_breaker = Breaker("the session cache", _probe, ERRORS)
