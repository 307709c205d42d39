"""Sessions: one row decides, on every node, at once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import sessions
from accounts.models import LoginSession, Session, User
from accounts.sessions.engine import SessionStore, hashed
from accounts.sessions.expiry import delete_expired
from accounts.sessions.orm import OrmSignIns
from accounts.sign_in import password_change
from accounts.signals import session_ended
from tests.accounts.signed_in import Listen, SignIn, who
from tests.support.people import PASSWORD

COOKIE = django_settings.SESSION_COOKIE_NAME


def key_of(browser: Client) -> str:
    return browser.cookies[COOKIE].value


def test_a_signed_in_request_reads_one_row(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    browser = sign_in()
    with django_assert_num_queries(1):
        assert who(browser) == "alice"


def test_the_sign_in_is_known_with_its_time_and_methods(person: User, sign_in: SignIn) -> None:
    before = timezone.now()
    request = RequestFactory().get("/")
    request.session = SessionStore(key_of(sign_in()))
    current = sessions.current(request)
    assert current is not None
    assert (current.subject, current.acr, current.amr) == (str(person.pk), "1", ("pwd",))
    assert before <= current.auth_time <= timezone.now()
    assert current.sid.startswith(f"{django_settings.TOKENS.region}.")
    assert key_of(sign_in()) not in current.sid


def test_a_dump_of_the_database_holds_no_cookie(sign_in: SignIn) -> None:
    key = key_of(sign_in())
    row = Session.objects.get()
    assert key not in f"{row.pk}{row.session_data}{row.version}{row.login_id}"
    assert who(_browser_with(row.pk)) is None


@pytest.mark.covers("S66 login", "S66 before")
def test_signing_in_changes_the_session_key_and_the_old_one_is_worth_nothing(person: User) -> None:
    planted = SessionStore()
    planted["planted"] = "by somebody else"
    planted.save()
    browser = _browser_with(str(planted.session_key))
    browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert who(browser) == "alice"
    assert key_of(browser) != planted.session_key
    assert who(_browser_with(str(planted.session_key))) is None


@pytest.mark.covers("S66 privilege", "S66 before")
def test_entering_the_password_again_moves_auth_time_under_a_new_key(sign_in: SignIn) -> None:
    browser = sign_in()
    old_key, long_ago = key_of(browser), timezone.now() - timedelta(minutes=50)
    LoginSession.objects.update(auth_time=long_ago)
    answer = browser.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (303, "/")
    login = LoginSession.objects.get()
    assert login.auth_time > long_ago + timedelta(minutes=49)
    assert login.amr == ["pwd"]
    assert key_of(browser) != old_key
    assert (who(browser), who(_browser_with(old_key))) == ("alice", None)


def test_a_wrong_password_does_not_move_auth_time(sign_in: SignIn) -> None:
    browser = sign_in()
    before = LoginSession.objects.get().auth_time
    assert browser.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code == 422
    assert LoginSession.objects.get().auth_time == before


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(
    person: User, sign_in: SignIn, listen: Listen
) -> None:
    heard: list[tuple[str, str]] = []

    def hear(sid: str, subject: str, **_: object) -> None:
        heard.append((sid, subject))

    listen(session_ended, hear)
    browser = sign_in()
    copy = _browser_with(key_of(browser))
    assert browser.get("/accounts/logout/").status_code == 200
    assert who(copy) == "alice"
    assert browser.post("/accounts/logout/").status_code == 302
    assert (who(browser), who(copy)) == (None, None)
    login = LoginSession.objects.get()
    assert login.ended_at is not None
    assert heard == [(login.sid, str(person.pk))]
    assert sessions.end(login.sid) is False
    assert len(heard) == 1


def test_who_signs_in_again_in_the_same_browser_leaves_no_sign_in_behind(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    copy, first = _browser_with(key_of(browser)), LoginSession.objects.get()
    browser.force_login(person, backend="accounts.sign_in.backends.PasswordBackend")
    assert (who(browser), who(copy)) == ("alice", None)
    assert [login.sid for login in LoginSession.objects.exclude(ended_at=None)] == [first.sid]


def test_a_switched_off_account_is_signed_out_at_once(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    User.objects.filter(pk=person.pk).update(is_active=False)  # even by a way that tells nobody
    assert who(browser) is None


def test_switching_an_account_on_again_revives_no_session(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    for active in (False, True):
        person.is_active = active
        person.save()
    assert who(browser) is None


def test_a_password_set_by_an_administrator_ends_every_session(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    person.set_password("something else entirely")
    person.save()
    assert who(browser) is None


def test_changing_ones_password_ends_the_other_sessions_and_keeps_this_one(sign_in: SignIn) -> None:
    here, there = sign_in(), sign_in()
    old_key = key_of(here)
    form = {"current_password": PASSWORD, "new_password": "a new and quite long passphrase"}
    assert here.post("/accounts/password/change/", form).status_code == 303
    assert (who(here), who(there), who(_browser_with(old_key))) == ("alice", None, None)
    assert LoginSession.objects.filter(ended_at=None).count() == 1


NEW_PASSWORD = "a new and quite long passphrase"


@pytest.mark.parametrize("taken", ["is_active", "is_staff", "is_superuser"])
def test_changing_ones_password_gives_back_no_right_that_was_taken_meanwhile(
    person: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    browser = sign_in()
    _meanwhile(monkeypatch, lambda: _save(person, **{taken: False}))
    answer = browser.post("/accounts/password/change/", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert answer.status_code == 303
    row = User.objects.get()
    assert row.check_password(NEW_PASSWORD)
    assert getattr(row, taken) is False
    assert who(browser) == (None if taken == "is_active" else "alice")
    assert LoginSession.objects.filter(ended_at=None).exists() is (taken != "is_active")


def test_an_account_switched_off_and_on_meanwhile_keeps_no_session(
    person: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in()

    def off_and_on() -> None:
        _save(person, is_active=False)
        _save(person, is_active=True)

    _meanwhile(monkeypatch, off_and_on)
    browser.post("/accounts/password/change/", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert who(browser) is None


def test_a_password_set_by_an_administrator_meanwhile_stays(
    person: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in()

    def by_an_administrator() -> None:
        user = User.objects.get(pk=person.pk)
        user.set_password("something else entirely")
        user.save()

    _meanwhile(monkeypatch, by_an_administrator)
    answer = browser.post("/accounts/password/change/", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert answer.status_code == 403
    assert User.objects.get().check_password("something else entirely")
    assert who(browser) is None


def test_a_sign_in_is_not_renewed_for_an_account_that_is_off(person: User, sign_in: SignIn) -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore(key_of(sign_in()))
    assert sessions.current(request) is not None
    User.objects.update(is_active=False)
    assert sessions.reauthenticated(request, person, "password") is False


def test_a_sign_in_that_raced_a_change_of_password_is_dead(person: User) -> None:
    stale = User.objects.get(pk=person.pk)
    person.set_password("something else entirely")
    person.save()
    browser = Client()
    browser.force_login(stale)
    assert who(browser) is None


@pytest.mark.covers("S68 idle")
@pytest.mark.parametrize(
    ("remember", "age", "alive"),
    [
        ({}, timedelta(minutes=59), True),
        ({}, timedelta(minutes=61), False),
        ({"remember": "on"}, timedelta(days=29), True),
        ({"remember": "on"}, timedelta(days=31), False),
    ],
)
def test_a_session_ends_when_it_was_idle_for_too_long(
    sign_in: SignIn, remember: dict[str, str], age: timedelta, alive: bool
) -> None:
    browser = sign_in(**remember)
    _age(age)
    assert (who(browser) == "alice") is alive


@pytest.mark.covers("S68 absolute")
def test_a_busy_session_ends_after_a_day(sign_in: SignIn) -> None:
    browser = sign_in()
    _age(timedelta(hours=25))
    LoginSession.objects.update(last_seen=timezone.now())
    assert who(browser) is None


def test_being_seen_is_written_at_most_every_five_minutes(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    browser = sign_in()
    earlier = timezone.now() - timedelta(minutes=6)
    LoginSession.objects.update(last_seen=earlier)
    with django_assert_num_queries(2):
        who(browser)
    assert LoginSession.objects.get().last_seen > earlier
    with django_assert_num_queries(1):
        who(browser)


def test_a_session_in_use_stays_however_short_it_may_be_idle(sign_in: SignIn, settings: Any) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, session_idle=60)
    browser = sign_in()
    for _ in range(3):
        _age(timedelta(seconds=25))
        assert who(browser) == "alice"
    _age(timedelta(seconds=61))
    assert who(browser) is None


def test_all_sessions_end_behind_the_lock_of_the_persons_row(person: User, sign_in: SignIn) -> None:
    sign_in()
    with CaptureQueriesContext(connection) as captured:
        sessions.end_all(person)
    made = [query["sql"] for query in captured]
    [ends] = [index for index, sql in enumerate(made) if sql.startswith("UPDATE") and "loginsession" in sql]
    locks = [index for index, sql in enumerate(made) if "FOR NO KEY UPDATE" in sql or "FOR UPDATE" in sql]
    if connection.features.has_select_for_update:
        assert locks[:1] == [index for index, sql in enumerate(made[:ends]) if "accounts_user" in sql]
    assert LoginSession.objects.filter(ended_at=None).count() == 0


def test_many_sessions_end_in_as_many_statements_as_one(person: User, sign_in: SignIn) -> None:
    taken = []
    for many in (1, 5):
        for _ in range(many):
            sign_in()
        with CaptureQueriesContext(connection) as captured:
            assert sessions.end_all(person) == many
        taken.append(len(captured))
    assert taken[0] == taken[1]


def test_saving_a_session_that_was_deleted_or_ended_meanwhile_brings_nothing_back(sign_in: SignIn) -> None:
    deleted, ended = (SessionStore(key_of(sign_in())) for _ in range(2))
    for session in (deleted, ended):
        session["note"] = "written too late"
    Session.objects.filter(pk=hashed(deleted.session_key)).delete()
    sessions.end(ended["sid"])
    for session in (deleted, ended):
        with pytest.raises(UpdateError):
            session.save()
    assert not Session.objects.filter(pk=hashed(deleted.session_key)).exists()
    assert who(_browser_with(str(ended.session_key))) is None


def test_a_sign_in_that_ended_before_its_session_was_written_leaves_none(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = OrmSignIns.start

    def overtaken(*given: Any) -> LoginSession | None:
        began = start(*given)
        sessions.end_all(person)
        return began

    monkeypatch.setattr(OrmSignIns, "start", overtaken)
    answer = Client().post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert (answer.status_code, COOKIE in answer.cookies) == (403, False)
    assert not Session.objects.exists()


def test_data_signed_by_a_forgotten_key_sign_nobody_in(sign_in: SignIn, settings: Any) -> None:
    browser = sign_in()
    settings.SECRET_KEY = "another" * 8
    assert who(browser) is None


@pytest.mark.parametrize(
    "cookie", ["", "x", "a" * 43 + "\x00", "é" * 43, "../" * 20, "a" * 100_000, "%00", '"', "\xff\xfe", "a" * 43]
)
def test_a_malformed_cookie_is_nobody(db: None, cookie: str) -> None:
    assert who(_browser_with(cookie)) is None
    assert SessionStore(cookie).load() == {}


@pytest.mark.covers("S67 HttpOnly", "S67 SameSite", "S67 opaque")
def test_the_cookie_is_for_us_alone(sign_in: SignIn) -> None:
    cookie = sign_in().cookies[COOKIE]
    flags = {name: cookie[name] for name in ("httponly", "samesite", "path", "domain", "max-age")}
    assert flags == {"httponly": True, "samesite": "Lax", "path": "/", "domain": "", "max-age": ""}
    assert bool(cookie["secure"]) is django_settings.SESSION_COOKIE_SECURE
    assert re.fullmatch(r"[A-Za-z0-9._-]{43,}", cookie.value)
    assert cookie.value != sign_in().cookies[COOKIE].value
    assert int(sign_in(remember="on").cookies[COOKIE]["max-age"]) > 29 * 24 * 3600


def test_the_database_away_is_an_error_and_never_a_yes(sign_in: SignIn) -> None:
    browser = sign_in()

    def away(*_: Any) -> Any:
        raise DatabaseError("away")

    with connection.execute_wrapper(away), pytest.raises(DatabaseError, match="away"):
        browser.get("/")


def test_expired_rows_are_deleted_and_the_others_stay(sign_in: SignIn) -> None:
    gone, recent, stays = key_of(sign_in()), key_of(sign_in()), key_of(sign_in())
    Session.objects.filter(pk=hashed(gone)).update(expires=timezone.now() - timedelta(minutes=6))
    Session.objects.filter(pk=hashed(recent)).update(expires=timezone.now() - timedelta(minutes=4))
    SessionStore.clear_expired()
    assert set(Session.objects.values_list("pk", flat=True)) == {hashed(recent), hashed(stays)}


def test_an_expired_sign_in_goes_after_the_sessions_that_point_to_it(sign_in: SignIn) -> None:
    sign_in()
    gone = timezone.now() - timedelta(minutes=6)
    Session.objects.update(expires=gone)
    LoginSession.objects.update(expires=gone)
    assert delete_expired(10) == 2
    assert (Session.objects.count(), LoginSession.objects.count()) == (0, 0)


def _save(person: User, **fields: Any) -> None:
    user = User.objects.get(pk=person.pk)
    for name, value in fields.items():
        setattr(user, name, value)
    user.save(update_fields=[*fields])


def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Does it after the form was found right and before the password is written."""
    real = password_change.change

    def later(request: HttpRequest, user: User, password: str) -> None:
        act()
        real(request, user, password)

    monkeypatch.setattr(password_change, "change", later)


def _browser_with(cookie: str) -> Client:
    browser = Client()
    browser.cookies[COOKIE] = cookie
    return browser


def _age(age: timedelta) -> None:
    """Makes every sign-in and session as old as it would be after `age`."""
    for login in LoginSession.objects.all():
        LoginSession.objects.filter(pk=login.pk).update(last_seen=login.last_seen - age, expires=login.expires - age)
    for row in Session.objects.all():
        Session.objects.filter(pk=row.pk).update(expires=row.expires - age)
