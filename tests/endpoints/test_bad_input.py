"""Every kind of broken request at every endpoint that reads one: the RFC's 4xx, never a 500, never a redirect."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from tests.support.endpoints import post, tokens_of
from tests.support.held import held
from tests.support.messages import (
    AUTHORIZE,
    CONSENT,
    FORM_TYPE,
    TOKEN,
    USERINFO,
    Registered,
    authorization_request,
    basic,
    code_form,
    refused,
)
from tokens.endpoint.form import MAX_REQUEST
from tokens.protocol import records
from tokens.protocol.reasons import quotable

MEGABYTE = 1_000_000
TOO_LONG = "the request is longer than 8000 bytes"
ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", re.ASCII)
JSON_ENDPOINTS = (TOKEN, USERINFO)


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong with a form or a query; `{good}` is where the good parameters stand."""

    parameters: str
    description: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A POST that is no form of the protocol."""

    body: bytes
    content_type: str
    description: str = ""
    """Empty: it names the content type that came."""
    headers: Mapping[str, str] = field(default_factory=dict)


BROKEN = {
    "NUL in a value": Broken("{good}&x=a%00b", "a parameter has a NUL character"),
    "NUL in a name": Broken("{good}&x%00=1", "a parameter has a NUL character"),
    "broken UTF-8": Broken("{good}&x=%ff", "the parameters are not UTF-8"),
    "overlong UTF-8": Broken("{good}&x=%c0%af", "the parameters are not UTF-8"),
    "a surrogate": Broken("{good}&x=%ed%a0%80", "the parameters are not UTF-8"),
    "broken UTF-8 in a name": Broken("{good}&%ff=1", "the parameters are not UTF-8"),
    "client_id twice": Broken("{good}&client_id=x&client_id=x", "the parameter client_id is repeated"),
    "an unknown name twice": Broken("{good}&x=1&x=2", "the parameter x is repeated"),
    "twice, once empty": Broken("{good}&x=1&x=", "the parameter x is repeated"),
    "twice, once encoded": Broken("{good}&xy=1&x%79=2", "the parameter xy is repeated"),
    "101 parameters": Broken("{good}&" + "&".join(f"p{n}=1" for n in range(101)), "more than 100 parameters"),
    "nothing but separators": Broken("&" * 5_000, "more than 100 parameters"),
}
SENT = {
    "JSON": Sent(b'{"grant_type": "authorization_code"}', "application/json"),
    "deeply nested JSON": Sent(b"[" * 100_000, "application/json"),
    "multipart": Sent(
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n', "multipart/form-data; boundary=x"
    ),
    "multipart that ends early": Sent(b"--x\r\n", "multipart/form-data; boundary=x"),
    "multipart without a boundary": Sent(b"--x\r\n", "multipart/form-data"),
    "no content type": Sent(b"grant_type=authorization_code", ""),
    "text": Sent(b"grant_type=authorization_code", "text/plain"),
    "a content type that is none": Sent(b"a=1", ";;;==/"),
    "bytes of another character set": Sent(
        b"\xff\xfea\x00=\x001\x00", f"{FORM_TYPE}; charset=utf-16", "the parameters are not UTF-8"
    ),
    "raw bytes that are not UTF-8": Sent(b"a=\xff\xfe", FORM_TYPE, "the parameters are not UTF-8"),
    "a megabyte in one value": Sent(b"x=" + b"y" * MEGABYTE, FORM_TYPE, "the body is too large or was cut off"),
    "a megabyte of parameters": Sent(b"x=y&" * (MEGABYTE // 4), FORM_TYPE, "the body is too large or was cut off"),
    "a megabyte of broken UTF-8": Sent(b"\xff" * MEGABYTE, FORM_TYPE, "the body is too large or was cut off"),
}


@pytest.fixture
def good(anybody: Client, browser: Client, alice: Any, web: Registered) -> dict[str, str]:
    """For each endpoint the good request that is broken, so that nothing else is wrong with it."""
    token = tokens_of(anybody, web, alice.pk)["access_token"]
    response = browser.get(AUTHORIZE, authorization_request(web, prompt="consent"))
    return {
        AUTHORIZE: urlencode(authorization_request(web)),
        CONSENT: response["Location"].partition("?")[2],
        TOKEN: urlencode(code_form(web, "x", client_id=web.client_id, client_secret=web.client_secret)),
        USERINFO: urlencode({"access_token": token}),
    }


@pytest.mark.covers(
    "S14 authorize", "S14 token", "S78 count", "S78 garbage", "own findings NUL", "own findings duplicates"
)
@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("path", [AUTHORIZE, CONSENT, TOKEN, USERINFO])
def test_a_broken_form_is_an_invalid_request(browser: Client, good: dict[str, str], path: str, kind: str) -> None:
    body = BROKEN[kind].parameters.replace("{good}", good[path])
    answer = browser.post(path, body, content_type=FORM_TYPE)
    assert_refused(answer, path, BROKEN[kind].description)


@pytest.mark.covers("S14 authorize", "S78 count", "own findings NUL", "own findings duplicates")
@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("path", [AUTHORIZE, CONSENT, USERINFO])
def test_a_broken_query_is_an_invalid_request(browser: Client, good: dict[str, str], path: str, kind: str) -> None:
    query = BROKEN[kind].parameters.replace("{good}", "" if path == USERINFO else good[path])
    answer = browser.get(f"{path}?{query}")
    assert_refused(answer, path, BROKEN[kind].description)


@pytest.mark.covers("S78 body", "S78 garbage")
@pytest.mark.parametrize("kind", SENT)
@pytest.mark.parametrize("path", [AUTHORIZE, TOKEN])
def test_a_body_that_is_no_form_is_an_invalid_request(browser: Client, path: str, kind: str) -> None:
    sent = SENT[kind]
    answer = browser.generic("POST", path, sent.body, sent.content_type)
    assert_refused(answer, path, sent.description or expected_type(sent.content_type))


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("kind", SENT)
def test_at_userinfo_a_body_that_is_no_form_holds_no_token(anybody: Client, kind: str) -> None:
    sent = SENT[kind]
    answer: Any = anybody.generic("POST", USERINFO, sent.body, sent.content_type)
    if FORM_TYPE in sent.content_type:
        assert_refused(answer, USERINFO, sent.description or expected_type(sent.content_type))
    else:
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="http://localhost:8000"')


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_a_consent_post_that_is_no_form_is_refused_before_csrf_can_stumble_over_it(alice: Any, sent: Sent) -> None:
    strict = Client(raise_request_exception=False, enforce_csrf_checks=True)
    strict.force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
    answer: Any = strict.generic("POST", CONSENT, sent.body, sent.content_type)
    type_says = 415 if FORM_TYPE not in sent.content_type else 400 if "utf-16" in sent.content_type else 403
    status = 413 if len(sent.body) >= MEGABYTE else type_says
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.covers("S78 length")
@pytest.mark.parametrize("path", [AUTHORIZE, CONSENT, USERINFO])
@pytest.mark.parametrize(
    "query", ["x=" + "y" * MEGABYTE, "x" * MEGABYTE, "&" * MEGABYTE, "%00" * 100_000, "é" * 100_000]
)
def test_a_query_that_is_too_long_is_an_invalid_request(browser: Client, path: str, query: str) -> None:
    answer = browser.generic("GET", path, QUERY_STRING=query)
    assert_refused(answer, path, TOO_LONG)


@pytest.mark.covers("S78 garbage")
def test_a_query_is_refused_by_us_before_the_server_cuts_its_line_off(browser: Client, web: Registered) -> None:
    good = urlencode(authorization_request(web)) + "&x="
    longest = good + "y" * (MAX_REQUEST - len(good))
    assert browser.get(f"{AUTHORIZE}?{longest}").status_code == 303
    assert_refused(browser.get(f"{AUTHORIZE}?{longest}y"), AUTHORIZE, TOO_LONG)
    assert len(f"GET {AUTHORIZE}?{longest}y HTTP/1.1\r\n") < 8190


@pytest.mark.parametrize("path", [AUTHORIZE, CONSENT, TOKEN, USERINFO])
@pytest.mark.parametrize(
    "value", ["y" * 100_000, '{"a":' * 10_000, "[" * 30_000, "a[b]" * 10_000, "\U0001f600" * 9_000]
)
def test_an_unknown_parameter_however_it_looks_is_ignored(
    browser: Client, good: dict[str, str], path: str, value: str
) -> None:
    plain = browser.post(path, good[path], content_type=FORM_TYPE)
    if path == AUTHORIZE:
        longer = browser.post(path, f"{good[path]}&{urlencode({'unknown': value})}", content_type=FORM_TYPE)
        assert_refused(longer, path, TOO_LONG)
        value = value[:500]
    answer = browser.post(path, f"{good[path]}&{urlencode({'unknown': value})}", content_type=FORM_TYPE)
    assert answer.status_code == plain.status_code != 500


@pytest.mark.parametrize("path", [AUTHORIZE, CONSENT])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_that_is_asked_for_nothing_says_so(browser: Client, path: str, method: str) -> None:
    answer = browser.get(path) if method == "get" else browser.post(path, CONTENT_TYPE=FORM_TYPE)
    assert_refused(answer, path, None)


def test_the_json_endpoints_that_are_asked_for_nothing_ask_who_it_is(anybody: Client) -> None:
    answer = anybody.post(TOKEN, CONTENT_TYPE=FORM_TYPE)
    assert (answer.status_code, answer.get("WWW-Authenticate")) == (400, None)
    nobody = "the request does not say which client it comes from"
    assert answer.json() == refused("invalid_client", nobody, "client_unnamed")
    for answer in (anybody.get(USERINFO), anybody.post(USERINFO, CONTENT_TYPE=FORM_TYPE)):
        # RFC 6750 §3.1: no error code where no token was shown.
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="http://localhost:8000"')


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (TOKEN, "POST, OPTIONS"),
        (USERINFO, "GET, POST, OPTIONS"),
        (AUTHORIZE, "GET, POST, OPTIONS"),
        (CONSENT, "GET, POST, OPTIONS"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X" * 1000])
def test_a_method_that_is_not_there_is_405_with_allow(anybody: Client, path: str, allowed: str, method: str) -> None:
    answer = anybody.generic(method, path)
    assert answer["Allow"] == allowed
    if method in allowed.split(", "):
        assert answer.status_code in (400, 401)
    elif method == "HEAD":
        assert (answer.status_code, answer.content) == (405, b"")
    else:
        assert_refused(answer, path, f"{quotable(method)} is not allowed here: {allowed}", status=405)


@pytest.mark.covers("S9 authorize", "S9 token")
@pytest.mark.parametrize("path", [TOKEN, USERINFO, AUTHORIZE, CONSENT])
@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT"])
def test_other_origins_may_read_json_without_credentials_and_pages_not_at_all(
    anybody: Client, path: str, method: str
) -> None:
    headers = {"Origin": "https://spa.example", "Access-Control-Request-Method": "POST"}
    answer = anybody.generic(method, path, CONTENT_TYPE=FORM_TYPE, headers=headers)
    told = {name: value for name, value in answer.items() if name.startswith("Access-Control")}
    if path not in JSON_ENDPOINTS:
        assert told == {}
        return
    assert told.pop("Access-Control-Allow-Origin") == "*"
    assert told.pop("Access-Control-Expose-Headers") == "WWW-Authenticate, X-Request-Id, Retry-After"
    if method == "OPTIONS":
        assert (answer.status_code, answer.content) == (204, b"")
        assert told.pop("Access-Control-Allow-Headers") == "Authorization, Content-Type"
        assert told.pop("Access-Control-Allow-Methods") == answer["Allow"]
        assert told.pop("Access-Control-Max-Age") == "3600"
    assert told == {}


GARBAGE = {
    "empty": "",
    "a scheme alone": "{scheme}",
    "nothing after the scheme": "{scheme} ",
    "not base64": "{scheme} !!!!",
    "no colon": "{scheme} bm9jb2xvbg==",
    "a NUL": "{scheme} a\x00b",
    "a NUL inside base64": "{scheme} YQBiOmM=",
    "broken UTF-8 inside base64": "{scheme} /zr+",
    "non-ASCII": "{scheme} \xe9\xff\x80",
    "100 kB": "{scheme} " + "A" * 100_000,
    "a megabyte": "{scheme} " + "A" * MEGABYTE,
    "a megabyte of dots": "{scheme} " + "." * MEGABYTE,
    "many spaces": "{scheme}" + " " * 10_000 + "x",
    "two credentials": "{scheme} YTpi, {scheme} YTpi",
    "another scheme": 'Digest username="x"',
    "no scheme": "A" * 1000,
    "line breaks": "{scheme} YTpi\r\nX-Injected: 1",
}


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("kind", GARBAGE)
def test_a_garbled_authorization_header_at_token_is_an_invalid_client(
    anybody: Client, web: Registered, kind: str
) -> None:
    header = GARBAGE[kind].replace("{scheme}", "Basic")
    answer = anybody.post(
        TOKEN,
        urlencode(code_form(web, "x", client_id=web.client_id)),
        content_type=FORM_TYPE,
        HTTP_AUTHORIZATION=header,
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer["WWW-Authenticate"] == 'Basic realm="http://localhost:8000"'
    assert_well_formed(answer)


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("kind", GARBAGE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_garbled_authorization_header_at_userinfo_is_no_token_or_an_invalid_one(
    anybody: Client, kind: str, method: str
) -> None:
    header = GARBAGE[kind].replace("{scheme}", "Bearer")
    answer = anybody.generic(method, USERINFO, CONTENT_TYPE=FORM_TYPE, HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert answer["WWW-Authenticate"].startswith('Bearer realm="http://localhost:8000"')
    assert_well_formed(answer)


@pytest.mark.parametrize("kind", GARBAGE)
def test_the_pages_do_not_look_at_an_authorization_header(browser: Client, web: Registered, kind: str) -> None:
    header = GARBAGE[kind].replace("{scheme}", "Basic")
    assert browser.get(AUTHORIZE, authorization_request(web), HTTP_AUTHORIZATION=header).status_code == 303


@pytest.mark.covers("S78 garbage", "CVE-2026-25748")
@pytest.mark.parametrize("name", ["idp-8000-session", "idp-8000-browser", "idp-8000-csrf", "django_language"])
@pytest.mark.parametrize(
    "value", ["", "x", "\x00", "\xff" * 10, "A" * 100_000, "0." + "A" * 43, "../../etc/passwd", "%00", '"']
)
def test_a_malformed_cookie_is_nobodys(anybody: Client, web: Registered, name: str, value: str) -> None:
    anybody.cookies[name] = value
    answer = anybody.get(AUTHORIZE, authorization_request(web, prompt="none"))
    assert answer.status_code == 303
    assert "error=login_required" in answer["Location"]
    assert anybody.get(CONSENT, {"interaction": "0." + "A" * 43}).status_code == 400


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("told", ["192.0.2.1", "", ",", "192.0.2.1, 192.0.2.2", "unknown, ::1, ::2", "\x01,,", ":,[,%"])
def test_what_proxies_say_of_an_address_is_no_reason_to_fail(anybody: Client, settings: Any, told: str) -> None:
    page, form = "/accounts/login/", {"login": "x", "password": "y"}
    plain, settings.TRUSTED_PROXIES = anybody.post(page, form), 3
    answer = anybody.post(page, form, headers={"X-Forwarded-For": told})
    assert answer.status_code == plain.status_code < 500
    assert "not right" in answer.content.decode()


def expected_type(came: str) -> str:
    came = came.partition(";")[0] or "absent"
    right = "application/x-www-form-urlencoded, with the parameters in the body"
    return f"the content type is {came}: this endpoint takes {right}"


def assert_refused(answer: Any, path: str, description: str | None, *, status: int = 400) -> None:
    """A page, or JSON of RFC 6749 §5.2, that goes nowhere and is kept by nobody."""
    assert answer.status_code == status, answer.content[:500]
    assert_well_formed(answer)
    if path not in JSON_ENDPOINTS:
        assert answer["Content-Type"] == "text/html; charset=utf-8"
        assert description is None or description in answer.content.decode()
    elif answer.content:
        told = answer.json()
        assert told.pop("error_uri").startswith("http://localhost:8000/oauth2/errors#")
        assert told == {"error": "invalid_request", "error_description": description}
    if path == USERINFO and answer.content:
        expected = f'Bearer realm="http://localhost:8000", error="invalid_request", error_description="{description}"'
        assert answer["WWW-Authenticate"] == expected


def assert_well_formed(answer: Any) -> None:
    assert "Location" not in answer
    assert "X-Injected" not in answer
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
    if answer["Content-Type"] == "application/json" and answer.content:
        assert ERROR_TEXT.fullmatch(answer.json()["error_description"])


def test_the_headers_of_a_good_request_are_what_these_tests_break(anybody: Client, web: Registered) -> None:
    """So that a refusal above is for what is broken and for nothing else."""
    form = urlencode(code_form(web, "x"))
    answer = anybody.post(TOKEN, form, content_type=FORM_TYPE, headers=basic(web.client_id, web.client_secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "long", [{"scope": "openid " + "x" * 7000}, {"prompt": "logout " * 1000}, {"nonce": "n" * 7000}]
)
def test_a_posted_request_is_judged_before_it_is_kept(anybody: Client, web: Registered, long: dict[str, str]) -> None:
    answer = post(anybody, AUTHORIZE, {**authorization_request(web), **long})
    assert (answer.status_code, urlsplit(answer["Location"]).path) == (303, "/callback")
    assert not held(records.Interaction)


@pytest.mark.covers("S15 bound", "S78 length")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["state", "claims", "login_hint", "ui_locales", "acr_values", "unknown"])
def test_an_authorization_request_has_one_bound_by_query_and_by_form(
    browser: Client, web: Registered, method: str, name: str
) -> None:
    """Chained federations send a state that holds the whole of another request."""
    good = urlencode(authorization_request(web, **{name: None}))
    value = '{"x":"' + "y" * 50 + '"}'
    longest = f"{good}&{name}=" + value.replace("y" * 50, "y" * (MAX_REQUEST - len(good) - len(name) - 2 - 8))
    assert len(longest) == MAX_REQUEST

    def ask(text: str) -> Any:
        if method == "get":
            return browser.generic("GET", AUTHORIZE, QUERY_STRING=text)
        return browser.post(AUTHORIZE, text, content_type=FORM_TYPE)

    answer = ask(longest)
    assert answer.status_code == 303
    if method == "post":
        answer = browser.get(answer["Location"])
    sent = dict(parse_qsl(urlsplit(answer["Location"]).query))
    assert "code" in sent
    assert name != "state" or sent["state"] == longest.partition("&state=")[2]
    assert_refused(ask(f"{longest}y"), AUTHORIZE, TOO_LONG)
