"""What is told of a refusal: where it is explained, and one line in the log."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import INTROSPECT, REVOKE
from tests.support import builders
from tests.support.assertions import assertion_form, claims_of, pair, sign
from tests.support.builders import save_code
from tests.support.endpoints import exchange, location, post
from tests.support.messages import AUTHORIZE, CONSENT, TOKEN, USERINFO, Registered, authorization_request, basic, bearer
from tokens.protocol.reasons import REASONS

ISSUER = "http://localhost:8000"
ERRORS = "/oauth2/errors"
LINE = re.compile(r"refused at (\S+): client (\S+), error (\S+), reason (\S+)")
Ask = Callable[[Client, Registered], Any]


def authorize(**changes: str | None) -> Ask:
    return lambda sender, client: sender.get(AUTHORIZE, authorization_request(client, **changes))


def asked(path: str, form: Mapping[str, str]) -> Ask:
    return lambda sender, client: post(sender, path, form, basic(client.client_id, client.client_secret))


REFUSED: dict[str, tuple[Ask, str, str]] = {
    "by redirect": (authorize(response_type="token"), AUTHORIZE, "response_type_unsupported"),
    "by a posted form": (authorize(scope="x", response_mode="form_post"), AUTHORIZE, "scope_unknown"),
    "by fragment, nobody is signed in": (
        authorize(prompt="none", response_mode="fragment"),
        AUTHORIZE,
        "login_required",
    ),
    "on a page": (authorize(redirect_uri="https://evil.example/"), AUTHORIZE, "redirect_uri_unregistered"),
    "on a page, disabled": (
        lambda sender, client: sender.get(AUTHORIZE, authorization_request(disabled())),
        AUTHORIZE,
        "client_disabled",
    ),
    "on the page of an interaction": (
        lambda sender, client: sender.get(CONSENT, {"interaction": "x"}),
        CONSENT,
        "interaction_gone",
    ),
    "token": (asked(TOKEN, {"grant_type": "password"}), TOKEN, "grant_type_unsupported"),
    "token, another secret": (
        lambda sender, client: post(sender, TOKEN, {"grant_type": "x"}, basic(client.client_id, "wrong")),
        TOKEN,
        "client_authentication_failed",
    ),
    "token, another method": (lambda sender, client: sender.get(TOKEN), TOKEN, "method_not_allowed"),
    "introspection": (asked(INTROSPECT, {"x": "y"}), INTROSPECT, "parameter_missing"),
    "revocation": (asked(REVOKE, {"x": "y"}), REVOKE, "parameter_missing"),
    "userinfo": (lambda sender, client: sender.get(USERINFO), USERINFO, "access_token_missing"),
    "userinfo, a bad token": (
        lambda sender, client: sender.get(USERINFO, headers=bearer("x")),
        USERINFO,
        "access_token_invalid",
    ),
}
NAMELESS = {"on the page of an interaction", "token, another method", "userinfo", "userinfo, a bad token"}
"""No client is named by these, or not before they are refused."""


def disabled() -> Registered:
    return builders.register(enabled=False)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, ...]]:
    found = [LINE.fullmatch(record.getMessage()) for record in caplog.records]
    return [match.groups() for match in found if match is not None]


@pytest.mark.covers("S77")
@pytest.mark.parametrize("how", REFUSED)
def test_each_refusal_is_one_line_with_its_endpoint_client_error_and_reason(
    anybody: Client, web: Registered, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    ask, path, reason = REFUSED[how]
    with caplog.at_level(logging.INFO):
        ask(anybody, web)
    [(where, client_id, error, why)] = lines(caplog)
    assert (where, error, why) == (path, REASONS[reason].error.error, reason)
    assert (client_id == "-") == (how in NAMELESS)
    if "disabled" not in how:
        assert client_id in ("-", web.client_id)
    [record] = [record for record in caplog.records if LINE.fullmatch(record.getMessage())]
    assert record.levelno == logging.INFO


@pytest.mark.covers("S77")
def test_a_line_repeats_nothing_of_a_request_but_the_clients_id_in_one_line(
    anybody: Client, alice: User, web: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    with caplog.at_level(logging.INFO):
        exchange(anybody, web, code, code_verifier="v" * 43)
        post(anybody, TOKEN, {"grant_type": "x"}, basic("a\r\nb" + "c" * 1000, "a-secret"))
        anybody.get(AUTHORIZE, authorization_request(web, state="a-state", redirect_uri="https://evil.example/"))
    assert [client_id for _, client_id, _, _ in lines(caplog)] == [web.client_id, "unknown", web.client_id]
    told = " ".join(record.getMessage() for record in caplog.records if LINE.fullmatch(record.getMessage()))
    assert not any(each in told for each in (code, "v" * 43, "a-secret", "a-state", "evil.example"))


def test_what_was_not_granted_of_a_scope_is_told_in_the_log_once(
    browser: Client, web: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert "code" in location(browser.get(AUTHORIZE, authorization_request(web, scope="openid profil")))[1]
        assert "code" in location(browser.get(AUTHORIZE, authorization_request(web, scope="openid")))[1]
    told = [record.getMessage() for record in caplog.records if "not granted" in record.getMessage()]
    assert told == [f"client {web.client_id}: not granted of its scope: profil"]


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_refused_is_explained_where_error_uri_leads(anybody: Client, web: Registered, how: str) -> None:
    ask, _, reason = REFUSED[how]
    answer = ask(anybody, web)
    told = f"{ISSUER}{ERRORS}#{reason}"
    if "Location" in answer:
        parts = urlsplit(answer["Location"])
        assert parse_qs(parts.query or parts.fragment)["error_uri"] == [told]
    elif answer["Content-Type"] == "application/json":
        assert answer.json()["error_uri"] == told
    else:
        shown = answer.content.decode()
        assert f'href="{ERRORS}#{reason}"' in shown or f'name="error_uri" value="{told}"' in shown
    page = anybody.get(ERRORS)
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'<h3 id="{reason}">' in page.content.decode()


def test_the_page_is_the_same_whatever_is_sent_to_it(anybody: Client) -> None:
    plain = anybody.get(ERRORS).content
    assert anybody.get(f"{ERRORS}?error=<script>&client_id=x").content == plain
    assert anybody.get(ERRORS, headers={"Accept-Language": "xx"}).content == plain
    assert anybody.post(ERRORS, {"a": "b"}).status_code == 405


OTHER_KEY = pair(kid="another")
Proof = tuple[dict[str, str], dict[str, str] | None]
"""The form and the headers by which a request shows who it comes from."""
PROOFS: dict[str, Callable[[str, str, bool], Proof]] = {
    "client_secret_basic": lambda client_id, secret, right: ({}, basic(client_id, secret if right else "wrong")),
    "client_secret_post": lambda client_id, secret, right: (
        {"client_id": client_id, "client_secret": secret if right else "wrong"},
        None,
    ),
    "private_key_jwt": lambda client_id, secret, right: (
        assertion_form(client_id, None if right else sign(claims_of(client_id), OTHER_KEY)),
        None,
    ),
    # It proves nothing.
    "none": lambda client_id, secret, right: ({"client_id": client_id}, None),
}


@pytest.mark.covers("S50")
@pytest.mark.parametrize("state", ["enabled", "disabled", "unknown"])
@pytest.mark.parametrize("right", [True, False], ids=["its own", "another"])
@pytest.mark.parametrize("method", PROOFS)
@pytest.mark.parametrize("path", [TOKEN, INTROSPECT, REVOKE])
def test_more_than_that_authentication_failed_is_told_to_who_has_proved_to_be_the_client(
    anybody: Client, path: str, method: str, right: bool, state: str
) -> None:
    client = builders.register(
        "spa" if method == "none" else "web", token_endpoint_auth_method=method, enabled=state != "disabled"
    )
    client_id = client.client_id if state != "unknown" else "0." + "A" * 43
    form, headers = PROOFS[method](client_id, client.client_secret, right)
    answer = post(anybody, path, {"grant_type": "refresh_token", "token": "x", **form}, headers)
    told = answer.json().get("error_uri", "").partition("#")[2] if answer.content else ""
    proved = state == "enabled" and (right or method == "none")
    assert (told == "client_authentication_failed") == (not proved)
    if not proved:
        assert answer.json()["error_description"] == "client authentication failed"
