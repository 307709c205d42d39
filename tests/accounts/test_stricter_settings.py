"""Sessions that began under other settings: what is not allowed any more is so of those that are there, too."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db.models import F
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.models import LoginSession
from tests.accounts.signed_in import SignIn, who

HOUR, DAY = 3600, 24 * 3600
ASKED = "Keep me signed in on this device"


def let_pass(since: timedelta, unused: timedelta) -> None:
    """The sign-in began so long ago, and nobody used it for so long."""
    LoginSession.objects.update(
        auth_time=F("auth_time") - since,
        created=F("created") - since,
        last_seen=F("last_seen") - unused,
        expires=F("expires") - since,
    )


def allow(settings: Settings, **changes: int) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, **changes)


@pytest.mark.covers("GHSA-64w3")
@pytest.mark.parametrize(
    ("since", "unused", "alive"),
    [
        (timedelta(hours=23), timedelta(minutes=59), True),
        (timedelta(hours=23), timedelta(minutes=61), False),
        (timedelta(hours=25), timedelta(minutes=1), False),
        (timedelta(days=29), timedelta(minutes=1), False),
    ],
)
def test_where_nobody_is_remembered_any_more_who_was_is_as_everybody_else(
    sign_in: SignIn, settings: Settings, since: timedelta, unused: timedelta, alive: bool
) -> None:
    browser = sign_in(remember="on")
    let_pass(since, unused)
    assert who(browser) == "alice"
    LoginSession.objects.update(last_seen=F("created") + since - unused)
    allow(settings, session_remember=0)
    assert (who(browser) == "alice") is alive


@pytest.mark.covers("GHSA-64w3")
@pytest.mark.parametrize(
    ("remember", "shorter", "since", "alive"),
    [
        ({"remember": "on"}, {"session_remember": 7 * DAY}, timedelta(days=6), True),
        ({"remember": "on"}, {"session_remember": 7 * DAY}, timedelta(days=8), False),
        ({}, {"session_absolute": 2 * HOUR}, timedelta(minutes=110), True),
        ({}, {"session_absolute": 2 * HOUR}, timedelta(minutes=130), False),
    ],
)
def test_a_session_lives_no_longer_than_one_that_begins_now(
    sign_in: SignIn,
    settings: Settings,
    remember: dict[str, str],
    shorter: dict[str, int],
    since: timedelta,
    alive: bool,
) -> None:
    browser = sign_in(**remember)
    let_pass(since, timedelta(0))
    assert who(browser) == "alice"
    allow(settings, **shorter)
    assert (who(browser) == "alice") is alive


@pytest.mark.covers("GHSA-64w3")
def test_longer_times_keep_no_session_that_was_to_end(sign_in: SignIn, settings: Settings) -> None:
    browser = sign_in()
    allow(settings, session_absolute=20 * DAY)
    let_pass(timedelta(hours=25), timedelta(0))
    assert who(browser) is None


def test_who_cannot_be_remembered_is_not_asked_and_no_form_remembers_them(sign_in: SignIn, settings: Settings) -> None:
    first = {"login": "alice"}
    assert ASKED in Client().post("/accounts/login/", first, follow=True).content.decode()
    allow(settings, session_remember=0)
    assert ASKED not in Client().post("/accounts/login/", first, follow=True).content.decode()
    browser = sign_in(remember="on")
    assert browser.cookies[django_settings.SESSION_COOKIE_NAME]["max-age"] == ""
    assert LoginSession.objects.values_list("remembered", flat=True).get() is False
    allow(settings, session_remember=30 * DAY)
    let_pass(timedelta(hours=2), timedelta(hours=2))
    assert who(browser) is None


@pytest.mark.parametrize(("days", "faults"), [(0, 0), (1, 0), (0.5, 1), (30, 0)])
def test_people_are_remembered_not_at_all_or_longer_than_others(settings: Settings, days: float, faults: int) -> None:
    allow(settings, session_remember=int(days * DAY))
    assert len(list(settings.ACCOUNTS.faults())) == faults


@pytest.mark.covers("GHSA-64w3")
@pytest.mark.parametrize(
    "shorter", [{"session_absolute": 2 * HOUR}, {"session_absolute": 2 * HOUR, "session_remember": 0}]
)
def test_what_is_over_by_stricter_settings_takes_no_place_in_the_list_of_what_lives(
    sign_in: SignIn, settings: Settings, shorter: dict[str, int]
) -> None:
    sign_in(), sign_in()
    first, last = LoginSession.objects.order_by("created")
    names = {field.attname: getattr(last, field.attname) for field in last._meta.concrete_fields}
    LoginSession.objects.bulk_create(
        LoginSession(**names | {"sid": f"{last.sid[:-3]}{number:03}", "created": last.created - timedelta(hours=3)})
        for number in range(5)
    )
    LoginSession.objects.filter(sid=last.sid).update(last_seen=F("last_seen") - timedelta(minutes=1))
    allow(settings, **shorter)
    found = sessions.living(str(last.user_id), first.sid, 5)
    assert [login.sid for login in found] == [last.sid]
