"""Session data in Redis: only ever a shortcut. Away, hung or emptied, it costs a little time and no sign-in."""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.signing import BadSignature, Signer

from accounts.sessions.breaker import Breaker

ALIAS = "sessions"
LONGEST = 256 * 1024
"""Characters. A session is a few hundred: what is longer is not kept, and not believed."""
UNREADABLE = (ValueError, RecursionError)
"""What is raised by reading an answer that we did not write."""
WRONG_TYPE = "WRONGTYPE"
"""What Redis begins its error with where something that is no text has the name of an entry of ours."""
ERRORS: tuple[type[Exception], ...] = (OSError,)
if ALIAS in settings.CACHES:
    # Here, so that a node without Redis need not load its client.
    from redis.exceptions import RedisError

    ERRORS = (RedisError, OSError)


def enabled() -> bool:
    """Whether there is a cache worth asking now."""
    return ALIAS in settings.CACHES and _breaker.allows()


def get(key_hash: str, version: str) -> str | None:
    """The data that were put for exactly this version of this row; None for whatever else stands there."""
    key = _key(key_hash, version)
    answer = _ask("get", key)
    if not isinstance(answer, str) or len(answer) > LONGEST:
        return None
    try:
        return _signer(key).unsign(answer)
    except (BadSignature, *UNREADABLE):
        return None


def put(key_hash: str, version: str, session_data: str) -> None:
    key = _key(key_hash, version)
    entry = _signer(key).sign(session_data)
    if len(entry) <= LONGEST:
        _ask("set", key, entry)


def _key(key_hash: str, version: str) -> str:
    return f"{key_hash}.{version}"


def _signer(key: str) -> Signer:
    """An entry is good under its own name alone: whoever can write to the cache cannot move one to another row."""
    return Signer(salt=f"{__name__}.{key}")


def _ask(verb: str, *arguments: str) -> Any:
    if not enabled():
        return None
    try:
        return getattr(caches[ALIAS], verb)(*arguments)
    except UNREADABLE:
        return None
    except ERRORS as error:
        if not str(error).startswith(WRONG_TYPE):
            _breaker.broke(error)
        return None


def _probe() -> None:
    caches[ALIAS].get("probe")


_breaker = Breaker("the session cache", _probe, ERRORS)
