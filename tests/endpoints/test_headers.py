"""Headers that browsers go by: who keeps the window that it opened, who may read an answer, and what an answer is."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.endpoints.lifecycle import INTROSPECT, REVOKE, revoke
from tests.support.endpoints import tokens_of
from tests.support.messages import AUTHORIZE, CONSENT, TOKEN, USERINFO, Registered, authorization_request
from tests.support.mounted import paths
from tokens.urls import BACK

FLOW = [
    *(AUTHORIZE, CONSENT, "/oauth2/select_account", "/oauth2/logout", "/oauth2/sign_out"),
    *("/accounts/login/", "/accounts/reauthenticate/", "/accounts/logout/", "/accounts/inactive/"),
]
ELSEWHERE = ["/", "/admin/", "/admin/login/", "/accounts/password/change/", TOKEN, USERINFO, "/oauth2/jwks", "/nowhere"]
POLICY = "Cross-Origin-Opener-Policy"
PUBLIC = ("/oauth2/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("who", ["nobody", "alice"])
@pytest.mark.parametrize("path", FLOW)
def test_a_client_keeps_the_window_that_it_opened_all_the_way(
    browser: Client, anybody: Client, path: str, who: str, method: str
) -> None:
    answer = (browser if who == "alice" else anybody).generic(method, path)
    assert answer[POLICY] == "unsafe-none"


@pytest.mark.covers("S10 sign-in", "S10 consent", "S10 logout", "S10 others")
@pytest.mark.covers("S11 Referrer-Policy", "S11 third-party", "S12 person", "S12 token", "S77 Referer")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("who", ["nobody", "alice"])
@pytest.mark.parametrize("path", [*paths()])
def test_no_answer_at_any_path_is_framed_or_kept_and_no_page_tells_or_asks_another_site(
    browser: Client, anybody: Client, path: str, who: str, method: str
) -> None:
    answer = (browser if who == "alice" else anybody).generic(method, path)
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] in ("no-referrer", "same-origin")
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        policy = dict(each.strip().partition(" ")[::2] for each in answer["Content-Security-Policy"].split(";"))
        assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
        assert set(policy.values()) <= {"'self'", "'none'"}
    if answer.content and path not in PUBLIC:
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ELSEWHERE)
def test_everywhere_else_nobody_does(browser: Client, path: str, method: str) -> None:
    assert browser.generic(method, path)[POLICY] == "same-origin"


def test_the_answer_to_the_client_keeps_it_too(browser: Client, anybody: Client, web: Registered) -> None:
    for who, more in (
        (browser, {}),
        (anybody, {}),
        (anybody, {"prompt": "none"}),
        (browser, {"response_mode": "form_post"}),
    ):
        answer = who.get(AUTHORIZE, authorization_request(web, **more))
        assert (answer.status_code in (200, 303), answer[POLICY]) == (True, "unsafe-none")


def test_what_breaks_down_and_what_a_browser_forged_keep_it_as_well(
    browser: Client, web: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = Client(enforce_csrf_checks=True)
    forged = strict.post(CONSENT, {"answer": "allow"})
    assert (forged.status_code, forged[POLICY]) == (403, "unsafe-none")
    monkeypatch.setattr("tokens.views.authorization.pending_request", lambda *_: 1 / 0)
    broken = browser.get(AUTHORIZE, authorization_request(web))
    assert (broken.status_code, broken[POLICY]) == (500, "unsafe-none")


ASKED = {
    "what Angular sends": "content-type,x-requested-with",
    "what OpenTelemetry adds": "authorization, traceparent, tracestate, baggage",
    "what Sentry adds": "Authorization,baggage,sentry-trace",
    "what MCP clients send": "mcp-protocol-version",
    "any token": "!#$%&'*+-.^_`|~9A, x",
}
NOT_ASKED = {
    "nothing": "",
    "a header of its own": "x\r\nSet-Cookie: a=b",
    "a quoted text": 'x, "y"',
    "a colon": "x: y",
    "not ASCII": "x, \xe9",
    "an empty name": "x,,y",
}


@pytest.mark.covers("S9 token")
@pytest.mark.parametrize("asked", [*ASKED, *NOT_ASKED])
@pytest.mark.parametrize("endpoint", BACK, ids=lambda endpoint: endpoint.name)
def test_a_script_of_another_origin_may_send_what_it_asks_for(anybody: Client, endpoint: Any, asked: str) -> None:
    names = {**ASKED, **NOT_ASKED}[asked]
    headers = {"Origin": "https://spa.example", "Access-Control-Request-Method": "POST"}
    answer = anybody.options(
        f"/{endpoint.path}", headers={**headers, **({"Access-Control-Request-Headers": names} if names else {})}
    )
    assert (answer.status_code, answer.content, "Content-Type" in answer) == (204, b"", False)
    if endpoint.path == INTROSPECT[1:]:
        # For resource servers: no browser asks it.
        assert "Access-Control-Allow-Headers" not in answer
        return
    allowed = answer["Access-Control-Allow-Headers"]
    assert allowed == (names if asked in ASKED else "Authorization, Content-Type")
    assert re.search(r"\bAccess-Control-Request-Headers\b", answer["Vary"])
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_script_of_another_origin_may_read_whose_request_it_was_and_when_to_come_back(anybody: Client) -> None:
    for path in (TOKEN, USERINFO, REVOKE, "/oauth2/jwks", "/.well-known/openid-configuration", "/oauth2/nothing"):
        answer = anybody.get(path)
        assert answer["Access-Control-Expose-Headers"] == "WWW-Authenticate, X-Request-Id, Retry-After"
        assert answer["X-Request-Id"]


def test_an_answer_of_nothing_has_no_content_type(
    anybody: Client, browser: Client, alice: Any, web: Registered
) -> None:
    token = tokens_of(anybody, web, alice.pk)["access_token"]
    answer = revoke(anybody, web, token)
    assert (answer.status_code, answer.content, "Content-Type" in answer) == (200, b"", False)
    jwks = anybody.get("/oauth2/jwks")
    unchanged = anybody.get("/oauth2/jwks", headers={"If-None-Match": jwks["ETag"]})
    assert (unchanged.status_code, "Content-Type" in unchanged) == (304, False)
    sent = browser.get(AUTHORIZE, authorization_request(web))
    assert (sent.status_code, "Content-Type" in sent) == (303, False)


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("path", ["/oauth2/token/", "/oauth2/nothing", "/.well-known/nothing", "/oauth2/introspect/x"])
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_a_machine_that_asks_at_the_wrong_place_reads_json(anybody: Client, path: str, host: str) -> None:
    answer = anybody.post(path, headers={"Host": host})
    expected = (404, "not_found") if host == "localhost" else (400, "invalid_request")
    assert (answer.status_code, answer["Content-Type"]) == (expected[0], "application/json")
    assert (answer.json()["error"], answer["Cache-Control"]) == (expected[1], "no-store")


@pytest.mark.parametrize("path", ["/oauth2/authorize/", "/nowhere", "/accounts/nothing/"])
def test_a_person_at_the_wrong_place_reads_a_page(anybody: Client, path: str) -> None:
    answer = anybody.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
