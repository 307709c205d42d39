"""No credential in a log line, an error page or an answer that does not owe it (ASVS V16)."""

import logging
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import END_SESSION, introspect, refresh, revoke
from tests.support.builders import save_code
from tests.support.endpoints import exchange, location, post
from tests.support.held import forget
from tests.support.messages import (
    AUTHORIZE,
    CONSENT,
    TOKEN,
    USERINFO,
    VERIFIER,
    Registered,
    authorization_request,
    basic,
    bearer,
    code_form,
)
from tokens import issuer
from tokens.protocol import records


@pytest.mark.covers("S77 logs")
def test_a_whole_flow_and_its_failures_log_no_credential(
    anybody: Client, browser: Client, web: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = location(browser.get(AUTHORIZE, authorization_request(web)))[1]["code"]
    tokens = exchange(anybody, web, code).json()
    anybody.get(USERINFO, headers=bearer(tokens["access_token"]))
    refreshed = refresh(anybody, web, tokens["refresh_token"]).json()
    introspect(anybody, web, tokens["refresh_token"])
    introspect(anybody, web, tokens["access_token"])
    exchange(anybody, web, code)
    anybody.get(USERINFO, headers=bearer(tokens["access_token"]))
    refresh(anybody, web, tokens["refresh_token"], scope="admin")
    revoke(anybody, web, tokens["refresh_token"])
    exchange(anybody, Registered(web.client_id, web.client_secret + "x"), code)
    post(anybody, TOKEN, code_form(web, code, client_id=web.client_id, client_secret=web.client_secret + "y"))
    _, query = location(browser.get(AUTHORIZE, authorization_request(web, prompt="consent")))
    browser.get(CONSENT, query)
    anybody.get(CONSENT, query)
    browser.get(END_SESSION, {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "https://evil.example/"})
    post(browser, END_SESSION, {"id_token_hint": tokens["id_token"], "state": "s"})
    secrets = [web.client_secret, code, VERIFIER, query["interaction"], tokens["refresh_token"]]
    secrets += [each[name] for each in (tokens, refreshed) for name in ("access_token", "id_token")]
    secrets += [cookie.value for cookie in browser.cookies.values()]
    assert leaked(caplog, secrets) == []


@pytest.mark.covers("S77 logs", "S77 errors")
def test_a_bug_in_the_middle_of_an_exchange_shows_and_logs_no_credential(
    anybody: Client, alice: User, web: Registered, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    code, _ = save_code(web.client_id, str(alice.pk))

    def broken(*_: Any, **__: Any) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(issuer, "_id_token", broken)
    answer = post(anybody, TOKEN, code_form(web, code), basic(web.client_id, web.client_secret))
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/json")
    assert answer.json().keys() == {"error", "error_description", "error_uri"}
    assert answer.json()["error"] == "server_error"
    assert answer["Cache-Control"] == "no-store"
    secrets = [web.client_secret, code, VERIFIER]
    assert [secret for secret in secrets if secret in answer.content.decode()] == []
    assert leaked(caplog, secrets) == []
    # Nothing left the process, so nothing was spent.
    monkeypatch.undo()
    assert exchange(anybody, web, code).status_code == 200


@pytest.mark.covers("S77 errors")
def test_no_refusal_tells_a_credential_back(anybody: Client, alice: User, web: Registered) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    token = exchange(anybody, web, code).json()["access_token"]
    forget(records.Authorization)
    answers = [
        exchange(anybody, web, code),
        exchange(anybody, Registered("unknown", web.client_secret), code),
        exchange(anybody, web, code, code_verifier=VERIFIER + "x"),
        anybody.get(USERINFO, headers=bearer(token)),
        anybody.get(f"{USERINFO}?access_token={token}"),
        anybody.get(AUTHORIZE, {"client_id": web.client_secret, "redirect_uri": code, "state": token}),
        anybody.get(CONSENT, {"interaction": code}),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        text = answer.content.decode() + str(answer.headers)
        assert [secret for secret in (web.client_secret, code, token, VERIFIER) if secret in text] == []


def leaked(caplog: pytest.LogCaptureFixture, secrets: list[str]) -> list[str]:
    """What of `secrets` stands in a log line, its arguments or its traceback."""
    formatter = logging.Formatter()
    lines = [formatter.format(record) + repr(record.args) for record in caplog.records]
    return [secret for secret in secrets if secret and any(secret in line for line in lines)]
