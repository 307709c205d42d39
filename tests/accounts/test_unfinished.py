"""A sign-in on its way stays in its browser, is void with what it began from, and is finished once."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.crypto import get_random_string

from accounts.ground import clock
from accounts.models import UnfinishedSignIn, User
from accounts.sign_in import unfinished
from accounts.sign_in.unfinished import GOOD_FOR, OnItsWay
from accounts.stores.base.unfinished import MOST_FOLLOWING

BROWSER = get_random_string(32)
METHODS = ("get", "post")


def request_of(handle: str = "", browser: str = BROWSER, method: str = "get") -> HttpRequest:
    """As a browser with this secret sends it."""
    request: Any = getattr(RequestFactory(), method)("/", {unfinished.PARAMETER: handle})
    request.META["CSRF_COOKIE"] = browser
    made: HttpRequest = request
    return made


@pytest.fixture
def handle(person: User) -> str:
    return unfinished.begin(request_of(), person, "password", identifier="Alice", following="/on", remembered=True)


def seen(handle: str) -> OnItsWay:
    found = unfinished.of(request_of(handle))
    assert found is not None
    return found


@pytest.mark.parametrize("method", METHODS)
def test_it_is_found_with_what_was_proven(handle: str, person: User, method: str) -> None:
    found = unfinished.of(request_of(handle, method=method))
    assert found is not None
    assert (found.user, found.proven) == (person, frozenset({"password"}))
    assert (found.record.identifier, found.record.following, found.record.remembered) == ("Alice", "/on", True)


@pytest.mark.parametrize("text", ["", "x", "é" * 9000, "local." + "A" * 43])
def test_what_is_no_handle_of_one_finds_none(handle: str, text: str) -> None:
    assert unfinished.of(request_of(text)) is None


def test_another_browser_finds_none_and_ends_none(handle: str) -> None:
    found = seen(handle)
    other = request_of(handle, get_random_string(32))
    assert unfinished.of(other) is None
    assert (unfinished.prove(other, found, "totp"), unfinished.finish(other, found)) == (False, False)
    assert seen(handle).proven == {"password"}


def test_it_is_over_after_its_time(handle: str) -> None:
    UnfinishedSignIn.objects.update(expires=clock.now())
    assert unfinished.of(request_of(handle)) is None
    assert timedelta(minutes=10) <= GOOD_FOR <= timedelta(minutes=30)


def test_a_switch_of_the_account_makes_it_void(handle: str, person: User) -> None:
    found = seen(handle)
    person.is_active = False
    person.save()
    assert unfinished.of(request_of(handle)) is None
    person.is_active = True
    person.save()
    assert unfinished.of(request_of(handle)) is None, "the account was off meanwhile"
    assert unfinished.prove(request_of(handle), found, "totp"), "the record is of the epoch that it began in"
    assert unfinished.of(request_of(handle)) is None


def test_another_password_makes_it_void(handle: str, person: User) -> None:
    person.set_password("another quite long passphrase")
    person.save()
    assert unfinished.of(request_of(handle)) is None


def test_who_was_deleted_has_none(handle: str, person: User) -> None:
    person.delete()
    assert unfinished.of(request_of(handle)) is None


def test_it_is_finished_once(handle: str) -> None:
    found = seen(handle)
    assert unfinished.prove(request_of(handle), found, "totp")
    assert seen(handle).proven == {"password", "totp"}
    assert [unfinished.finish(request_of(handle), found) for _ in range(2)] == [True, False]
    assert unfinished.of(request_of(handle)) is None
    assert not unfinished.prove(request_of(handle), found, "recovery_code")


def test_where_it_leads_is_bounded(person: User) -> None:
    for length, kept in ((MOST_FOLLOWING, MOST_FOLLOWING), (MOST_FOLLOWING + 1, 0)):
        following = "/" + "x" * (length - 1)
        handle = unfinished.begin(request_of(), person, "password", identifier="a", following=following)
        assert len(seen(handle).record.following) == kept
