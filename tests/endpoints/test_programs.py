"""A program's request passes no middleware of pages, on any node, and is answered as every other."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils import translation

from accounts.models import User
from idp.mount_list import OF_PROGRAMS, PROGRAMS, is_for_people
from tests.support.endpoints import post
from tests.support.messages import AUTHORIZE, TOKEN, USERINFO

DOOR = "idp.node.programs.Programs"
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "DELETE")


class Recorder:
    """Middleware: what comes to pages, by its call and by its hook."""

    seen: list[str] = []

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.seen.append(request.path)
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        self.seen.append(request.path)


@pytest.fixture
def seen(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    place = settings.MIDDLEWARE.index(DOOR) + 1
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:place], f"{__name__}.Recorder", *settings.MIDDLEWARE[place:]]
    monkeypatch.setattr(Recorder, "seen", [])
    return Recorder.seen


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(OF_PROGRAMS))
def test_no_middleware_of_pages_sees_a_programs_request(seen: list[str], path: str) -> None:
    for method in METHODS:
        Client().generic(method, path)
    assert seen == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", AUTHORIZE, "/", "/oauth2/tokens", "/oauth2/token/", "/nowhere"])
def test_everything_else_goes_on(seen: list[str], path: str) -> None:
    Client().get(path)
    assert path in seen


def test_what_only_pages_need_comes_after_the_programs_have_been_answered() -> None:
    before = settings.MIDDLEWARE[: settings.MIDDLEWARE.index(DOOR)]
    assert before == [
        "accounts.site.request_id.RequestIdMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "accounts.site.security_headers.SecurityHeadersMiddleware",
    ]


def test_every_path_of_programs_is_found_as_django_finds_it() -> None:
    assert len(OF_PROGRAMS) == len(PROGRAMS) + 3
    assert not any(map(is_for_people, OF_PROGRAMS))
    assert {path for path in OF_PROGRAMS if resolve(path).route != path[1:]} == set()


@pytest.mark.django_db
def test_it_has_the_headers_of_every_answer(anybody: Client) -> None:
    answer = anybody.get(USERINFO)
    wanted = ("X-Request-Id", "X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options", "Content-Length")
    assert [name for name in wanted if name not in answer.headers] == []
    assert (answer.status_code, answer.headers.get("Vary")) == (401, None)


@pytest.mark.django_db
def test_a_wrong_host_is_refused_all_the_same(anybody: Client) -> None:
    assert anybody.get(USERINFO, headers={"host": "elsewhere.example"}).status_code == 400
    assert anybody.get("/healthz", headers={"host": "10.0.0.1"}).status_code == 200


@pytest.mark.django_db
def test_the_language_of_a_page_that_the_thread_answered_before_changes_nothing(anybody: Client, alice: User) -> None:
    def answers() -> list[bytes]:
        return [post(anybody, TOKEN, {"grant_type": "x"}).content, anybody.get(USERINFO).content]

    before = answers()
    with translation.override("de"):
        assert answers() == before
