"""How a sign-in ends: once, with what hangs on it, whichever way the browser's session is dropped."""

import pytest
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts import sessions
from accounts.models import LoginSession, User
from accounts.sessions.engine import SessionStore
from accounts.sessions.middleware import AuthenticationMiddleware
from accounts.signals import session_ended
from tests.accounts.signed_in import Listen, SignIn, who


def test_signing_out_ends_the_sign_in_by_one_write(sign_in: SignIn) -> None:
    browser = sign_in()
    with CaptureQueriesContext(connection) as captured:
        browser.post("/accounts/logout/")
    assert len([query for query in captured if 'SET "ended_at"' in query["sql"].replace("`", '"')]) == 1


def test_djangos_signal_says_who_signed_out_and_comes_after_the_end(
    person: User, sign_in: SignIn, listen: Listen
) -> None:
    heard: list[object] = []

    def hear(user: object, **_: object) -> None:
        has_ended = LoginSession.objects.get().ended_at is not None
        heard.append((user, has_ended))

    listen(user_logged_out, hear)
    request = RequestFactory().get("/")
    request.session = SessionStore(sign_in().cookies[settings.SESSION_COOKIE_NAME].value)
    AuthenticationMiddleware(lambda _: HttpResponse()).process_request(request)
    sessions.sign_out(request)
    assert heard == [(person, True)]
    assert sessions.current(request) is None


def test_a_receiver_that_fails_leaves_the_session_as_it_was(sign_in: SignIn, listen: Listen) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("outbox away")

    browser = sign_in()
    listen(session_ended, fail)
    with pytest.raises(RuntimeError, match="outbox away"):
        sessions.end(LoginSession.objects.get().sid)
    assert who(browser) == "alice"


def test_another_person_signing_in_ends_the_sign_in_that_was_there(person: User) -> None:
    bob = User.objects.create_user("bob")
    browser = Client()
    browser.force_login(person)
    browser.force_login(bob)
    assert who(browser) == "bob"
    assert LoginSession.objects.get(user=person).ended_at is not None
