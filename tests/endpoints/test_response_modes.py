"""Every answer in every response mode, by GET and by POST: whole, with `iss` and `state`, and nothing else."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from tests.support import builders
from tests.support.endpoints import exchange, location, post, say
from tests.support.held import held
from tests.support.messages import AUTHORIZE, REDIRECT_URI, Registered, authorization_request
from tokens.protocol import records

ISSUER = "http://localhost:8000"
MODES: list[str | None] = [None, "query", "fragment", "form_post"]
STATE = "å=&+%20\"<>'`\t✓</script><!--"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ERRORS: dict[str, tuple[dict[str, str | None], str]] = {
    "response_type": ({"response_type": "token"}, "unsupported_response_type"),
    "no response_type": ({"response_type": None}, "invalid_request"),
    "scope": ({"scope": "admin"}, "invalid_scope"),
    "PKCE": ({"code_challenge": None}, "invalid_request"),
    "prompt": ({"prompt": "none select_account"}, "invalid_request"),
    "max_age": ({"max_age": "soon"}, "invalid_request"),
    "request": ({"request": "e30."}, "request_not_supported"),
    "request_uri": ({"request_uri": "urn:x"}, "request_uri_not_supported"),
    "resource": ({"resource": "urn:unknown"}, "invalid_target"),
    "claims": ({"claims": "["}, "invalid_request"),
    "hint": ({"id_token_hint": "e30.e30.e30"}, "invalid_request"),
    "sub": ({"claims": '{"id_token":{"sub":{"value":"x"}}}', "prompt": "none"}, "login_required"),
    "acr": (
        {"claims": '{"id_token":{"acr":{"essential":true,"value":"urn:nobody"}}}'},
        "unmet_authentication_requirements",
    ),
    "too old a sign-in": ({"prompt": "none", "max_age": "0"}, "login_required"),
}


class Form(HTMLParser):
    """The one form that a page posts by itself: where to, and its fields."""

    def __init__(self, page: Any) -> None:
        super().__init__()
        self.action, self.fields, self.scripts, self.forms = "", list[tuple[str, str]](), list[str](), 0
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag == "form":
            self.forms += 1
            self.action = held["action"] or ""
            assert held["method"] == "post"
        if tag == "input":
            assert held["type"] == "hidden"
            self.fields.append((held["name"] or "", held["value"] or ""))
        if tag == "script":
            self.scripts.append(held["src"] or "")
        assert not any(name.startswith("on") or name == "style" for name in held)


def sent(answer: Any, mode: str | None) -> tuple[str, list[tuple[str, str]]]:
    """Where the answer takes the browser, and what the client reads there."""
    if mode == "form_post":
        assert answer.status_code == 200, answer.content
        form = Form(answer)
        assert form.forms == 1
        return form.action, form.fields
    assert (answer.status_code, answer.content) == (303, b"")
    parts = urlsplit(answer["Location"])
    encoded = parts.fragment if mode == "fragment" else parts.query
    assert not (parts.query if mode == "fragment" else parts.fragment)
    return parts._replace(query="", fragment="").geturl(), parse_qsl(encoded, keep_blank_values=True)


def ask(asks: Client, method: str, parameters: dict[str, str]) -> Any:
    """The answer; of a POST that was kept, what the GET that follows is answered."""
    if method == "GET":
        return asks.get(AUTHORIZE, parameters)
    answer = post(asks, AUTHORIZE, parameters)
    kept = answer.headers.get("Location", "").startswith(f"{AUTHORIZE}?interaction=")
    return asks.get(answer["Location"]) if kept else answer


@pytest.mark.covers("S7 error", "S12 code", "S15 exact")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("state", [STATE, None])
def test_a_code_and_every_error_reach_the_client_in_the_mode_it_asked_for(
    browser: Client, web: Registered, method: str, mode: str | None, state: str | None
) -> None:
    asked = {"response_mode": mode, "state": state}
    echoed = [("state", state)] if state is not None else []
    answer = ask(browser, method, authorization_request(web, **asked))
    address, parameters = sent(answer, mode)
    assert (address, parameters[1:]) == (REDIRECT_URI, [*echoed, ("iss", ISSUER)])
    assert parameters[0][0] == "code"
    assert "no-store" in answer["Cache-Control"]
    for name, (changes, error) in ERRORS.items():
        address, parameters = sent(ask(browser, method, authorization_request(web, **asked | changes)), mode)
        assert (address, parameters[0]) == (REDIRECT_URI, ("error", error)), name
        assert [each for each in parameters if each[0] not in ("error_description", "error_uri")] == [
            ("error", error),
            *echoed,
            ("iss", ISSUER),
        ], name
    assert len(held(records.AuthorizationCode)) == 1


@pytest.mark.covers("S7 error")
@pytest.mark.parametrize("mode", MODES)
def test_what_happens_on_pages_is_told_in_the_mode_that_was_asked_for(browser: Client, mode: str | None) -> None:
    asking = builders.register("web", response_modes=MODES[1:])
    for word, told_first in (("deny", "error"), ("allow", "code")):
        _, query = location(browser.get(AUTHORIZE, authorization_request(asking, response_mode=mode)))
        back = say(browser, query["interaction"], word)
        address, parameters = sent(browser.get(back["Location"]), mode)
        assert (address, parameters[0][0], parameters[-1]) == (REDIRECT_URI, told_first, ("iss", ISSUER))


def test_a_code_that_was_posted_is_redeemed(anybody: Client, browser: Client, alice: User, web: Registered) -> None:
    _, parameters = sent(browser.get(AUTHORIZE, authorization_request(web, response_mode="form_post")), "form_post")
    assert exchange(anybody, web, dict(parameters)["code"]).status_code == 200


@pytest.mark.covers("S8 modes")
@pytest.mark.parametrize("mode", ["query.jwt", "form_post.jwt", "web_message", "FORM_POST", "form_post ", "\r\n"])
def test_a_mode_that_is_not_known_is_refused_in_the_default_one(browser: Client, web: Registered, mode: str) -> None:
    address, parameters = sent(browser.get(AUTHORIZE, authorization_request(web, response_mode=mode)), None)
    assert (address, dict(parameters)["error"]) == (REDIRECT_URI, "invalid_request")


def test_nothing_is_posted_to_an_app(browser: Client) -> None:
    app = builders.register("native", "com.example.app:/callback", response_modes=MODES[1:])
    answer = browser.get(AUTHORIZE, authorization_request(app, response_mode="form_post"))
    assert answer["Location"].startswith("com.example.app:/callback?error=invalid_request")
    _, waiting = location(browser.get(AUTHORIZE, authorization_request(app, response_mode="fragment")))
    back = say(browser, waiting["interaction"])
    assert browser.get(back["Location"])["Location"].startswith("com.example.app:/callback#code=0.")


# --- Only the client's own modes

LOOPBACK, APP = "http://127.0.0.1/callback", "com.example.app:/callback"
OF_KIND = {
    ("web", REDIRECT_URI): {"query", "form_post"},
    ("spa", REDIRECT_URI): {"fragment", "query"},
    ("native", LOOPBACK): {"query"},
    ("native", APP): {"query"},
}


@pytest.mark.covers("S8 modes")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("kind", "redirect_uri"), OF_KIND)
@pytest.mark.parametrize("changes", [{}, {"scope": "admin"}, {"prompt": "none", "max_age": "0"}], ids=str)
def test_a_client_is_answered_in_the_modes_of_its_kind_and_told_in_one_of_them_that_another_is_not_its(
    browser: Client, kind: str, redirect_uri: str, mode: str | None, changes: dict[str, str]
) -> None:
    client = builders.register(kind, redirect_uri)
    asked = authorization_request(client, response_mode=mode, state="kept", **{"prompt": "none", **changes})
    allowed = (mode or "query") in OF_KIND[kind, redirect_uri]
    address, parameters = sent(browser.get(AUTHORIZE, asked), mode if allowed else None)
    told = dict(parameters)
    assert (address, told["state"], told["iss"]) == (redirect_uri, "kept", ISSUER)
    refused = "invalid_request" if (mode, redirect_uri) == ("form_post", APP) else "unauthorized_client"
    expected = {"admin": "invalid_scope"}.get(changes.get("scope", ""), "login_required" if changes else None)
    assert told["error"] == (refused if not allowed else expected or "consent_required")


# --- The page that posts


@pytest.mark.covers(
    "S10 others",
    "S11 Referrer-Policy",
    "S11 third-party",
    "S12 code",
    "CVE-2024-21637",
    "CVE-2026-42849",
    "S77 Referer",
)
@pytest.mark.parametrize("changes", [{}, {"scope": "admin"}])
def test_the_page_runs_our_script_alone_may_post_anywhere_and_tells_nobody_of_itself(
    browser: Client, web: Registered, changes: dict[str, str]
) -> None:
    page = browser.get(AUTHORIZE, authorization_request(web, response_mode="form_post", **changes))
    assert page["Content-Security-Policy"] == POLICY
    assert (page["X-Frame-Options"], page["Referrer-Policy"]) == ("DENY", "no-referrer")
    assert (page["Cache-Control"], page["Content-Type"]) == ("no-store", "text/html; charset=utf-8")
    form = Form(page)
    assert [re.sub(r"\.[0-9a-f]{12}", "", src) for src in form.scripts] == ["/static/tokens/form_post.js"]
    assert b"<button" in page.content
    assert "csrfmiddlewaretoken" not in page.content.decode()


HOSTILE = [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "</form><form action=https://evil.example/>",
    "&quot;&lt;script&gt;",
    "javascript:alert(1)",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "\u2028\u2029\ufeff\x0b\x0c\x85",
]


@pytest.mark.covers("S15 HTML", "S15 exact", "CVE-2024-21637", "CVE-2026-42849")
@pytest.mark.parametrize("state", HOSTILE)
@pytest.mark.parametrize("changes", [{}, {"scope": "admin"}])
def test_a_hostile_state_is_the_value_of_its_field_and_nothing_else(
    browser: Client, web: Registered, state: str, changes: dict[str, str]
) -> None:
    page = browser.get(AUTHORIZE, authorization_request(web, response_mode="form_post", state=state, **changes))
    form = Form(page)
    assert (form.action, dict(form.fields)["state"], form.forms) == (REDIRECT_URI, state, 1)


@pytest.mark.covers("S15 HTML")
@pytest.mark.parametrize("state", ["a\nb", "a\r\nb", "\r"])
def test_a_state_that_no_browser_would_post_as_it_was_is_shown_on_a_page(
    browser: Client, web: Registered, state: str
) -> None:
    answer = browser.get(AUTHORIZE, authorization_request(web, response_mode="form_post", state=state))
    assert (answer.status_code, "Location" in answer) == (400, False)
    assert b"<form" not in answer.content
    assert dict(sent(browser.get(AUTHORIZE, authorization_request(web, state=state)), None)[1])["state"] == state


@pytest.mark.covers("S2 redirect_uri", "CVE-2024-21637", "CVE-2026-9689", "CVE-2026-18209")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "uri",
    [
        *("javascript:alert(document.domain)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "blob:x"),
        *(f"{REDIRECT_URI}?code=evil", f"{REDIRECT_URI}#code=evil", f"{REDIRECT_URI}?iss=x", f"{REDIRECT_URI}#state=x"),
        *(f'{REDIRECT_URI}"><script>alert(1)</script>', "https://evil.example/"),
    ],
)
def test_no_mode_takes_an_answer_to_an_address_that_is_not_registered(
    browser: Client, web: Registered, method: str, mode: str | None, uri: str
) -> None:
    for changes, _ in ERRORS.values():
        parameters = authorization_request(web, **changes | {"response_mode": mode, "redirect_uri": uri})
        answer = browser.get(AUTHORIZE, parameters) if method == "GET" else post(browser, AUTHORIZE, parameters)
        assert (answer.status_code, "Location" in answer, b"<form" in answer.content) == (400, False, False)
        # What came is told, as text; nothing of it is markup, and nothing leads there.
        said = rb"<code [^<>]+>redirect_uri is not one that is registered for this client: [^<>]+ (is|is not)</code>"
        before, _, after = re.split(said, answer.content)
        assert b"evil" not in before + after
        assert not {b"javascript:", b"vbscript:", b"data:", b"blob:"} & set(re.findall(rb"[a-z]+:", before + after))


@pytest.mark.parametrize("mode", MODES)
def test_the_registered_query_is_kept_in_every_mode(browser: Client, mode: str | None) -> None:
    uri = f"{REDIRECT_URI}?tenant=7&x=%C3%A9"
    client = builders.register("web", uri, skip_consent=True, response_modes=MODES[1:])
    answer = browser.get(AUTHORIZE, authorization_request(client, response_mode=mode))
    if mode == "form_post":
        assert Form(answer).action == uri
    else:
        assert answer["Location"].startswith(f"{uri}{'#' if mode == 'fragment' else '&'}code=0.")
