"""Every sign-in up to an instant is void: for who looks, for who writes, and for who proves a password again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.test import Client, RequestFactory

from accounts import sessions
from accounts.models import LoginSession, ResetLink, Session, User, VoidBefore
from accounts.sessions.engine import SessionStore
from accounts.sign_in import reset_links
from tests.accounts.signed_in import SignIn, who
from tests.support.people import PASSWORD

INSTANT = timedelta(microseconds=1)


def test_a_sign_in_up_to_the_instant_is_void_and_a_later_one_lives(sign_in: SignIn) -> None:
    before, after = sign_in(), sign_in()
    earlier, later = LoginSession.objects.order_by("root_at")
    assert earlier.root_at < later.root_at
    sessions.void_until(earlier.root_at - INSTANT)
    assert (who(before), who(after)) == ("alice", "alice")
    sessions.void_until(earlier.root_at)
    assert (who(before), who(after)) == (None, "alice")
    sessions.void_until(None)
    assert (who(before), who(after)) == (None, None)
    assert who(sign_in()) == "alice"


def test_the_instant_never_moves_back(sign_in: SignIn) -> None:
    browser = sign_in()
    sessions.void_until(None)
    for past in (datetime.now(UTC) - timedelta(days=1), datetime.fromtimestamp(0, UTC)):
        sessions.void_until(past)
    assert who(browser) is None
    assert VoidBefore.objects.count() == 1


def test_a_signed_in_request_still_reads_one_row(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    sessions.void_until(None)
    browser = sign_in()
    with django_assert_num_queries(1):
        assert who(browser) == "alice"


def test_who_holds_a_void_session_writes_nothing_into_it(sign_in: SignIn) -> None:
    browser = sign_in()
    held = SessionStore(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    held["typed"] = "something"
    sessions.void_until(None)
    before = Session.objects.get()
    with pytest.raises((UpdateError, DatabaseError)):
        held.save()
    assert Session.objects.get().version == before.version


def test_no_password_revives_it(person: User, sign_in: SignIn) -> None:
    """Renewed, it would be a sign-in of after the instant: with all that hangs on its sid from before."""
    browser = sign_in()
    request = RequestFactory().get("/")
    request.session = SessionStore(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    assert sessions.current(request) is not None
    sessions.void_until(None)
    assert not sessions.reauthenticated(request, person, "password")
    assert who(browser) is None
    # The page of a browser that was signed in a moment ago is that of anybody now.
    answer = browser.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (303, "/accounts/login/")


@pytest.mark.parametrize("way", ["the form's", "another tab's"])
def test_in_the_same_browser_a_person_signs_in_anew(sign_in: SignIn, way: str) -> None:
    browser = sign_in()
    sessions.void_until(None)
    if way == "another tab's":
        assert who(browser) is None
    answer = browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert answer.status_code == 303
    assert who(browser) == "alice"


def test_links_from_before_set_no_password_and_later_ones_do(person: User) -> None:
    now = datetime.now(UTC)
    reset_links.make(person, now)
    for until, left in ((now - timedelta(seconds=1), 1), (now, 0)):
        sessions.void_until(until)
        assert ResetLink.objects.count() == left
    reset_links.make(person, now + timedelta(seconds=1))
    sessions.void_until(now)
    assert ResetLink.objects.count() == 1
    sessions.void_until(None)
    assert not ResetLink.objects.exists()


@pytest.mark.covers("S69 cache", "S69 nodes")
def test_the_cache_keeps_no_void_session_alive(sign_in: SignIn, redis: Any) -> None:
    browser = sign_in()
    assert who(browser) == "alice"
    sessions.void_until(None)
    assert who(browser) is None


def test_who_was_never_signed_in_keeps_their_session(db: None) -> None:
    anonymous = SessionStore()
    anonymous["next"] = "/somewhere"
    anonymous.save()
    sessions.void_until(None)
    assert SessionStore(anonymous.session_key)["next"] == "/somewhere"


def test_its_row_is_looked_at_and_no_other(sign_in: SignIn) -> None:
    """Of a million sign-ins as of one: two statements write one row, and none is rewritten."""
    for _ in range(3):
        sign_in()
    before = list(LoginSession.objects.order_by("pk").values_list())
    sessions.void_until(None)
    assert list(LoginSession.objects.order_by("pk").values_list()) == before
    assert VoidBefore.objects.filter(instant__lte=Now()).count() == 1
    assert connection.in_atomic_block
    assert who(Client()) is None
