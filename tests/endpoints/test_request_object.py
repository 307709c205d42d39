"""A request object is refused, and the refusal goes where the client waits, though it said so nowhere but in there."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from tests.endpoints.test_response_modes import Form
from tests.support import assertions, builders
from tests.support.endpoints import post
from tests.support.messages import AUTHORIZE, REDIRECT_URI, Registered, authorization_request, refused

REFUSED = {
    **refused(
        "request_not_supported", "request objects are not supported: send the parameters themselves", "request_object"
    ),
    "iss": "http://localhost:8000",
}
MODES = ["query", "fragment", "form_post"]


def encoded(member: object) -> str:
    text = member if isinstance(member, bytes) else json.dumps(member).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def unsigned(members: object) -> str:
    return f"{encoded({'alg': 'none'})}.{encoded(members)}."


def signed(members: Any) -> str:
    return assertions.sign(members)


def told(answer: Any) -> tuple[str, str, dict[str, str]]:
    """By which mode, where to, and what."""
    if answer.status_code == 200:
        form = Form(answer)
        return "form_post", form.action, dict(form.fields)
    assert answer.status_code == 303, answer.content
    parts = urlsplit(answer["Location"])
    mode = "fragment" if parts.fragment else "query"
    found = dict(parse_qsl(parts.fragment or parts.query, keep_blank_values=True, strict_parsing=True))
    return mode, parts._replace(query="", fragment="").geturl(), found


@pytest.mark.parametrize("how", [unsigned, signed], ids=["unsigned", "signed"])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "names", [("state",), ("response_mode",), ("redirect_uri",), ("redirect_uri", "response_mode", "state")]
)
def test_the_refusal_goes_where_the_object_says_that_the_client_waits(
    browser: Client, web: Registered, names: tuple[str, ...], mode: str, method: str, how: Any
) -> None:
    whole = authorization_request(web, response_mode=mode, state="inside")
    outside = {name: value for name, value in whole.items() if name not in names}
    parameters = {**outside, "request": how({name: whole[name] for name in names})}
    answer = browser.get(AUTHORIZE, parameters) if method == "get" else post(browser, AUTHORIZE, parameters)
    assert told(answer) == (mode, REDIRECT_URI, {**REFUSED, "state": "inside"})


def test_what_stands_in_the_object_stands_for_what_is_next_to_it(browser: Client, web: Registered) -> None:
    """OpenID Connect Core §6.1; but the redirect URI that was named outside stays the one."""
    members = {"state": "inside", "response_mode": "fragment", "redirect_uri": f"{REDIRECT_URI}?other"}
    parameters = authorization_request(web, state="outside", response_mode="query", request=unsigned(members))
    assert told(browser.get(AUTHORIZE, parameters)) == ("fragment", REDIRECT_URI, {**REFUSED, "state": "inside"})


@pytest.mark.covers("S8 modes")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("outside", [None, *MODES])
def test_an_object_chooses_no_mode_that_is_not_the_clients(browser: Client, mode: str, outside: str | None) -> None:
    client = builders.register("spa", response_modes=["query"])
    request = unsigned({"response_mode": mode, "state": "inside"})
    answer = browser.get(AUTHORIZE, authorization_request(client, response_mode=outside, request=request))
    assert told(answer) == ("query", REDIRECT_URI, {**REFUSED, "state": "inside"})


@pytest.mark.covers("S1 exact", "S2 redirect_uri")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "inside",
    ["https://evil.example/", f"{REDIRECT_URI}/", f"{REDIRECT_URI}#x", "javascript:alert(1)", "//evil.example", ""],
)
def test_no_object_leads_to_an_address_that_is_not_registered(
    browser: Client, web: Registered, inside: str, method: str
) -> None:
    for outside in (None, "https://evil.example/"):
        for members in (
            {"redirect_uri": inside},
            {"redirect_uri": inside, "client_id": "x", "response_mode": "form_post"},
        ):
            parameters = authorization_request(web, redirect_uri=outside, request=unsigned(members))
            answer = browser.get(AUTHORIZE, parameters) if method == "get" else post(browser, AUTHORIZE, parameters)
            assert (answer.status_code, "Location" in answer) == (400, False)
    mended = authorization_request(
        web, redirect_uri="https://evil.example/", request=unsigned({"redirect_uri": REDIRECT_URI})
    )
    assert browser.get(AUTHORIZE, mended).status_code == 400


UNREADABLE = {
    "one part": "e30",
    "two parts": "e30.e30",
    "four parts": "e30.e30.e30.e30",
    "encrypted": "e30.e30.e30.e30.e30",
    "not base64": "e30.!!!.x",
    "not JSON": f"e30.{encoded(b'{')}.",
    "an array": unsigned([]),
    "a repeated member": "e30." + encoded(b'{"state":"a","state":"b"}') + ".",
    "not UTF-8": f"e30.{encoded(bytes([123, 255, 125]))}.",
    "not ASCII": "e30.\N{SNOWMAN}.e30",
    "nested deeply": f"e30.{encoded(b'[' * 5000)}.",
    "a number that is too long": f"e30.{encoded(b'9' * 5000)}.",
    "a state that is no text": unsigned({"state": 1, "response_mode": ["fragment"], "redirect_uri": {}}),
    "an empty state": unsigned({"state": "", "response_mode": ""}),
    "a NUL": unsigned({"state": "a\x00b"}),
    "half a pair": "e30." + encoded(b'{"state": "\\ud800"}') + ".",
    "an unknown mode": unsigned({"response_mode": "web_message"}),
}


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_changes_nothing(browser: Client, web: Registered, kind: str) -> None:
    parameters = authorization_request(web, state="outside", request=UNREADABLE[kind])
    assert told(browser.get(AUTHORIZE, parameters)) == ("query", REDIRECT_URI, {**REFUSED, "state": "outside"})


@pytest.mark.covers("S15 exact", "S15 URL")
@pytest.mark.parametrize("state", ["\r\nLocation: https://evil.example/", "<script>", "å✓\"'&=+ #%00", " "])
@pytest.mark.parametrize("mode", ["query", "fragment"])
def test_a_state_from_an_object_comes_back_as_it_was(browser: Client, web: Registered, mode: str, state: str) -> None:
    parameters = authorization_request(web, request=unsigned({"state": state, "response_mode": mode}))
    assert told(browser.get(AUTHORIZE, parameters)) == (mode, REDIRECT_URI, {**REFUSED, "state": state})
