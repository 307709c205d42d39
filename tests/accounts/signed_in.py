"""Who is signed in where, and the cache that their sessions are read from."""

from collections.abc import Callable

from django.dispatch import Signal
from django.test import Client
from pytest_django.fixtures import Settings

from idp.redis import servers

SignIn = Callable[..., Client]
Listen = Callable[[Signal, Callable[..., None]], None]


def use_redis(settings: Settings, url: str) -> None:
    """The session cache as REDIS_URL says it."""
    redis, faults = servers(url)
    assert redis is not None, faults
    settings.CACHES = {**settings.CACHES, "sessions": {**settings.CACHES["sessions"], **redis.cache()}}


def who(browser: Client) -> str | None:
    """Whom the home page greets."""
    answer = browser.get("/")
    assert answer.status_code == 200
    user = answer.context["user"]
    return user.username if user.is_authenticated else None
