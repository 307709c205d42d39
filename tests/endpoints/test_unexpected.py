"""What nobody expected: a 500 that says where to look it up, and nothing of what happened."""

import re

import pytest
from django.test import Client

from tests.support.endpoints import post
from tests.support.messages import TOKEN, Registered, basic, code_form

SECRET = "the-secret-of-the-stack"


def break_down(*_: object, **__: object) -> None:
    raise RuntimeError(SECRET)


def test_a_person_gets_a_page_with_the_request_s_id_and_nothing_else(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.views.home.render", break_down)
    said = browser.get("/", {"shown": SECRET}, headers={"Cookie": ""})
    assert (said.status_code, said["Content-Type"], said["Cache-Control"]) == (
        500,
        "text/html; charset=utf-8",
        "no-store",
    )
    [main] = re.findall("<main.*?</main>", said.content.decode(), re.DOTALL)
    words = " ".join(re.sub("<[^>]*>", " ", main).split())
    assert words == (
        "Something broke on our side The request could not be completed. You did nothing wrong. What can be done It is"
        " ours to mend. Try again in a moment; if it happens again, tell the administrator. If you ask for help, give"
        f" this number: {said['X-Request-Id']} Open the page again"
    )
    assert not any(word in said.content.decode() for word in (SECRET, "RuntimeError", "Traceback", "alice"))
    assert "Retry-After" not in said


def test_a_program_gets_json_with_the_same(anybody: Client, web: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.views.token.redeem", break_down)
    said = post(anybody, TOKEN, code_form(web, "0.code"), basic(web.client_id, web.client_secret))
    assert (said.status_code, said.json()) == (
        500,
        {
            "error": "server_error",
            "error_description": f"request {said['X-Request-Id']}",
            "error_uri": "http://localhost:8000/oauth2/errors#server_error",
        },
    )
    assert said["Cache-Control"] == "no-store"
