"""What a protected view is given, and what it is spared."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import LoginSession
from tests.resource_server.world import World
from tests.support import builders
from tests.support.messages import FORM_TYPE, bearer


@pytest.fixture
def bobs_browser(db: None) -> Client:
    """Signed in, and as strict with forms as a browser's requests are met."""
    signed_in = Client(raise_request_exception=False, enforce_csrf_checks=True)
    signed_in.force_login(builders.person("bob"), backend="accounts.sign_in.backends.PasswordBackend")
    return signed_in


def test_a_view_is_told_who_it_is_and_what_the_token_allows(anybody: Client, world: World) -> None:
    answer = anybody.get("/echo", headers=bearer(world.held["access_token"]))
    assert answer.json() == {
        "user": "alice",
        "scopes": ["openid", "songs"],
        "audience": ["http://localhost:8000"],
        "acr": "1",
        "valid": [True, True, False, False],
        "body": "",
    }
    machine = anybody.get("/echo", headers=bearer(world.machine)).json()
    assert (machine["user"], machine["acr"]) == ("AnonymousUser", None)


def test_the_token_says_who_it_is_and_no_session_does(bobs_browser: Client, world: World) -> None:
    answer = bobs_browser.post("/echo", headers=bearer(world.held["access_token"]))
    assert (answer.status_code, answer.json()["user"]) == (200, "alice")
    machine = bobs_browser.post("/echo", headers=bearer(world.machine))
    assert machine.json()["user"] == "AnonymousUser"
    assert bobs_browser.post("/echo").status_code == 401


@pytest.mark.parametrize("path", ["/view", "/class", "/drf", "/ninja/songs/1", "/ninja/toolkit"])
def test_a_session_opens_no_api(bobs_browser: Client, world: World, path: str) -> None:
    assert bobs_browser.get(path).status_code == 401
    answer = bobs_browser.get(path, headers=bearer(world.held["access_token"]))
    assert answer.json() == {"user": str(world.alice.pk), "client": world.client.client_id}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (urlencode({"access_token": "x", "a": "b"}), FORM_TYPE),
        ("%zz=%zz&&;", FORM_TYPE),
        (json.dumps({"access_token": "x"}), "application/json"),
        ('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nc\r\n--b--\r\n', "multipart/form-data; boundary=b"),
        ("--b", "multipart/form-data; boundary=b"),
    ],
)
def test_the_body_is_the_views_own(anybody: Client, world: World, body: str, content_type: str) -> None:
    answer = anybody.post("/echo", body, content_type=content_type, headers=bearer(world.held["access_token"]))
    assert (answer.status_code, answer.json()["body"]) == (200, body)


def test_a_token_in_the_form_is_none(anybody: Client, world: World) -> None:
    form = urlencode({"access_token": world.held["access_token"]})
    assert anybody.post("/echo", form, content_type=FORM_TYPE).status_code == 401


@pytest.mark.parametrize("path", ["/view", "/class"])
def test_a_cache_keeps_the_answers_apart_by_token(anybody: Client, world: World, path: str) -> None:
    for headers in (bearer(world.held["access_token"]), bearer("x"), {}):
        assert "Authorization" in anybody.get(path, headers=headers)["Vary"]


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize(
    "path", ["//[", "//[::1/x", "/%3Fa=%25zz", "/view%00", "/view?%zz", "/view?a=%25zz;&&=", "/\xff\xfe?\xff"]
)
def test_no_address_however_broken_is_a_500(anybody: Client, world: World, everywhere: None, path: str) -> None:
    address, _, query = path.partition("?")
    for token in (world.held["access_token"], "x"):
        request: dict[str, Any] = {"PATH_INFO": address, "QUERY_STRING": query}
        answer = anybody.get("/", headers=bearer(token), **request)
        assert answer.status_code in (200, 400, 401, 404), (answer.status_code, answer.content)


@pytest.mark.covers("S76 issuer")
def test_a_host_that_is_not_ours_is_refused(anybody: Client, world: World) -> None:
    answer = anybody.get("/view", headers=bearer(world.held["access_token"]), HTTP_HOST="evil.example")
    assert answer.status_code == 400


@pytest.mark.parametrize("login", ["alice", "nobody", ""])
def test_a_token_signs_nobody_in_at_the_sign_in_page(anybody: Client, world: World, login: str) -> None:
    form = {"login": login, "password": "wrong"}
    answer = anybody.post("/accounts/login/", form, headers=bearer(world.held["access_token"]))
    assert (answer.status_code, LoginSession.objects.count()) == (422, 0)
    assert settings.SESSION_COOKIE_NAME not in anybody.cookies
