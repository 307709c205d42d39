"""Redis is a shortcut: it can be stale, empty, hung or gone, and only time is lost."""

import socket
import time
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.models import LoginSession, Session
from accounts.sessions import cache
from accounts.sessions.engine import SessionStore
from tests.accounts.signed_in import SignIn, use_redis, who


def test_data_come_from_the_cache_and_existence_from_the_row(
    redis: Any, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    browser = sign_in()
    Session.objects.update(session_data="what the row says is not even read")
    with django_assert_num_queries(1) as queries:
        assert who(browser) == "alice"
    assert "session_data" not in queries[0]["sql"]


def test_an_entry_of_another_version_is_never_used(redis: Any, sign_in: SignIn) -> None:
    key = sign_in().cookies[django_settings.SESSION_COOKIE_NAME].value
    stale = SessionStore(key)
    stale["note"] = "old"
    stale.save()
    old = Session.objects.get()
    fresh = SessionStore(key)
    fresh["note"] = "new"
    fresh.save()
    cache.put(old.pk, old.version, old.session_data)  # a slow writer, after the fact
    assert SessionStore(key)["note"] == "new"


def test_what_the_cache_still_holds_after_a_sign_out_signs_nobody_in(redis: Any, sign_in: SignIn) -> None:
    browser = sign_in()
    assert who(browser) == "alice"
    sessions.end(LoginSession.objects.get().sid)
    row = Session.objects.get()
    assert cache.get(row.pk, row.version) is not None
    assert who(browser) is None


def test_an_emptied_redis_loses_no_sign_in(redis: Any, sign_in: SignIn, django_assert_num_queries: Any) -> None:
    browser = sign_in()
    redis.clear()
    assert who(browser) == "alice"
    with django_assert_num_queries(1):  # and the cache was filled again
        assert who(browser) == "alice"


def test_rubbish_in_redis_falls_back_to_the_row(redis: Any, sign_in: SignIn) -> None:
    browser = sign_in()
    row = Session.objects.get()
    client = redis.client.get_client()
    client.set(redis.make_key(f"{row.pk}.{row.version}"), b"\xff{not json")
    assert who(browser) == "alice"
    assert cache.enabled(), "what somebody wrote there is no reason to stop asking the cache"


@pytest.mark.parametrize("how", ["hung", "gone"])
def test_sign_in_and_sign_out_work_while_redis_is_away(
    redis: Any, sign_in: SignIn, settings: Settings, how: str
) -> None:
    before = sign_in()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never says a word
        port = silent.getsockname()[1]
        if how == "gone":
            silent.close()
        use_redis(settings, f"redis://127.0.0.1:{port}/0")
        started = time.monotonic()
        assert who(before) == "alice"
        now = sign_in()
        assert who(now) == "alice"
        now.post("/accounts/logout/")
        assert (who(now), who(before)) == (None, "alice")
        # One wait for the cache; then the breaker keeps it out of the way. The rest is two password hashes.
        assert time.monotonic() - started < 8
        assert not cache.enabled()
