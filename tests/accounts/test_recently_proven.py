"""Who may change what a person signs in with: whoever proved a short while ago who they are."""

from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts import sessions
from accounts.ground import clock
from accounts.models import LoginSession, User
from accounts.views.judging import for_somebody, recently_proven
from tests.accounts.signed_in import SignIn
from tests.support.people import PASSWORD


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("changed")


page = for_somebody(HttpRequest.get_full_path)(recently_proven(_page))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_proved_it_long_ago_does_so_again_and_comes_back(sign_in: SignIn, method: str) -> None:
    browser = sign_in()
    assert _answer(browser, method).content == b"changed"
    LoginSession.objects.update(auth_time=clock.now() - sessions.RECENT - timedelta(seconds=1))
    led = _answer(browser, method)
    assert (led.status_code, led["Location"]) == (303, "/accounts/reauthenticate/?next=%2Fkeys%2F%3Fa%3D1")
    answer = browser.post(led["Location"], {"password": PASSWORD})
    assert answer["Location"] == "/keys/?a=1"
    assert _answer(browser, method).content == b"changed"


def test_who_is_nobody_signs_in(person: User, client: Client) -> None:
    assert _answer(client, "GET")["Location"] == "/accounts/login/?next=%2Fkeys%2F%3Fa%3D1"


def _answer(browser: Client, method: str) -> HttpResponse:
    """The page's, in this browser."""
    before: HttpRequest = browser.get("/").wsgi_request
    request = RequestFactory().generic(method, "/keys/?a=1")
    request.session, request.user, request.COOKIES = before.session, before.user, before.COOKIES
    answer = page(request)
    assert isinstance(answer, HttpResponse)
    return answer
