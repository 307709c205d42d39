"""The typical mistakes of who sets a client up: at least 13 of these 15 can be mended from the answer alone.

A mistake counts as such where the answer names what came and what would be right, or the one thing to do.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from tests.support import builders
from tests.support.builders import save_code
from tests.support.endpoints import exchange, location, post
from tests.support.held import let_end
from tests.support.messages import (
    AUTHORIZE,
    REDIRECT_URI,
    TOKEN,
    VERIFIER,
    Registered,
    authorization_request,
    basic,
    code_form,
    secret_post,
)
from tokens.protocol import records

UNKNOWN = "0." + "A" * 43


@dataclass(frozen=True, slots=True)
class Setting:
    """Who asks: a browser that alice is signed in with, a program, and the client."""

    browser: Client
    program: Client
    person: User
    client: Registered

    def authorize(self, **changes: str | None) -> Any:
        return self.browser.get(AUTHORIZE, authorization_request(self.client, **changes))

    def code(self, **changes: Any) -> str:
        return save_code(self.client.client_id, str(self.person.pk), **changes)[0]

    def exchange(self, code: str, **changes: str | None) -> Any:
        return exchange(self.program, self.client, code, **changes)


@pytest.fixture
def setting(browser: Client, anybody: Client, alice: User, web: Registered) -> Setting:
    return Setting(browser, anybody, alice, web)


def text_of(answer: Any) -> str:
    """All that the person or the developer is told, as they read it."""
    if "Location" in answer:
        return " ".join(value for values in parse_qs(urlsplit(answer["Location"]).query).values() for value in values)
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def of_a_disabled_client(it: Setting) -> Any:
    builders.change_clients(it.client.client_id, enabled=False)
    return it.authorize()


def with_pkce_required(it: Setting, **changes: str | None) -> Any:
    builders.change_clients(it.client.client_id, pkce="required")
    return it.authorize(**changes)


def of_a_client_that_is_being_written(it: Setting) -> Any:
    builders.change_clients(it.client.client_id, development=True)
    return it.authorize(scope="openid profil")


def with_the_scope_that_was_granted(it: Setting) -> Any:
    code = location(it.authorize(scope="openid profil"))[1]["code"]
    return it.exchange(code)


def by_the_other_way(it: Setting) -> Any:
    builders.change_clients(it.client.client_id, pin_token_endpoint_auth_method=True)
    return post(it.program, TOKEN, code_form(it.client, it.code()) | secret_post(it.client))


def with_another_secret(it: Setting) -> Any:
    return post(it.program, TOKEN, code_form(it.client, it.code()), basic(it.client.client_id, "wrong"))


def twice(it: Setting) -> Any:
    code = it.code()
    assert it.exchange(code).status_code == 200
    return it.exchange(code)


def late(it: Setting) -> Any:
    code = it.code()
    let_end(records.AuthorizationCode, builders.NOW)
    return it.exchange(code)


def as_json(it: Setting) -> Any:
    return it.program.post(TOKEN, code_form(it.client, it.code()), content_type="application/json")


MISTAKES: dict[str, list[tuple[Callable[[Setting], Any], list[str]]]] = {
    "redirect_uri off by a slash or port": [
        (
            lambda it: it.authorize(redirect_uri=f"{REDIRECT_URI}/"),
            [f"{REDIRECT_URI}/ is not, and {REDIRECT_URI} is"],
        ),
        (
            lambda it: it.authorize(redirect_uri="https://rp.example:8443/callback"),
            [f"https://rp.example:8443/callback is not, and {REDIRECT_URI} is"],
        ),
    ],
    "client_id mistyped": [
        (lambda it: it.authorize(client_id=UNKNOWN), [UNKNOWN, "not that of a client registered here"]),
        (lambda it: it.authorize(client_id=it.client.client_secret), ["client_id has the form of a client secret"]),
    ],
    "client absent or disabled": [
        (lambda it: it.authorize(client_id=None), ["client_id is missing"]),
        (of_a_disabled_client, ["disabled", "enable it"]),
    ],
    "no PKCE": [
        (
            lambda it: with_pkce_required(it, code_challenge=None, code_challenge_method=None),
            ["code_challenge is missing", "send code_challenge and code_challenge_method=S256"],
        )
    ],
    "plain": [
        (lambda it: it.authorize(code_challenge_method="plain"), ["code_challenge_method is plain", "must be S256"]),
        (lambda it: it.authorize(code_challenge_method=None), ["code_challenge_method is absent", "must be S256"]),
    ],
    "mistyped scope": [
        (of_a_client_that_is_being_written, ["scope has profil,", "openid profile email"]),
        (lambda it: it.authorize(scope="opneid"), ["scope has opneid,", "openid profile email"]),
        (with_the_scope_that_was_granted, ['"scope": "openid"']),
    ],
    "scope by comma": [
        (lambda it: it.authorize(scope="openid,profile"), ["scope has openid,profile", "with single spaces between"])
    ],
    "foreign resource": [
        (lambda it: it.authorize(resource="urn:theirs"), ["a resource is not one that this client may ask for"])
    ],
    "unsupported value": [
        (lambda it: it.authorize(response_type="id_token"), ["response_type is id_token", "it must be code"]),
        (lambda it: it.authorize(response_mode="web_message"), ["web_message", "query, fragment, form_post"]),
        (lambda it: it.authorize(prompt="create"), ["prompt is create", "none, login, consent, select_account"]),
        (lambda it: it.authorize(max_age="1h"), ["max_age is 1h", "a number of seconds"]),
        (
            lambda it: it.exchange("x", grant_type="password"),
            ["grant_type password", "authorization_code, refresh_token, client_credentials"],
        ),
    ],
    "wrong secret": [(with_another_secret, ["client authentication failed"])],
    "right secret by the wrong way": [(by_the_other_way, ["client_secret_post", "client_secret_basic alone"])],
    "wrong verifier": [
        (lambda it: it.exchange(it.code(), code_verifier=VERIFIER[::-1]), ["code_verifier does not match", "SHA-256"]),
        (lambda it: it.exchange(it.code(), code_verifier=None), ["code_verifier is missing", "had a code_challenge"]),
        (
            lambda it: it.exchange(it.code(code_challenge=None)),
            ["code_verifier was sent", "send code_challenge and code_challenge_method=S256 there"],
        ),
    ],
    "code twice or late": [
        (twice, ["the code was used before", "each works once"]),
        (late, ["the code has expired", "it works for 60 seconds"]),
    ],
    "JSON body": [(as_json, ["application/json", "application/x-www-form-urlencoded"])],
    "trailing slash": [
        (lambda it: post(it.program, f"{TOKEN}/", {}), ["without the slash at its end it is /oauth2/token"]),
        (
            lambda it: it.browser.get(f"{AUTHORIZE}/", authorization_request(it.client)),
            ["without the slash at its end it is /oauth2/authorize"],
        ),
    ],
}
NOT_MENDED = {"wrong secret", "foreign resource"}
"""To who cannot show the secret it is not said whether the client is there, and of a resource that is not the client's
not whether there is one: these answers do not name what would be right."""
ASKED = [(mistake, number) for mistake, ways in MISTAKES.items() for number in range(len(ways))]


@pytest.mark.parametrize(("mistake", "number"), ASKED)
def test_the_answer_to_a_typical_mistake_says_what_came_and_what_would_be_right(
    setting: Setting, mistake: str, number: int
) -> None:
    make, words = MISTAKES[mistake][number]
    told = text_of(make(setting))
    assert [each for each in words if each not in told] == [], told


def test_of_the_fifteen_at_least_thirteen_are_mended_from_the_answer_alone() -> None:
    assert len(MISTAKES) == 15
    assert len(MISTAKES.keys() - NOT_MENDED) >= 13


@pytest.mark.covers("S35 existence", "CVE-2026-16089")
def test_another_clients_code_and_resource_are_told_of_in_the_words_for_what_does_not_exist(setting: Setting) -> None:
    other = builders.register("web", redirect_uri="https://other.example/")
    codes = [
        save_code(other.client_id, str(setting.person.pk), **changes)[0] for changes in ({}, {"code_challenge": None})
    ]
    assert exchange(setting.program, other, codes[1], code_verifier=None, redirect_uri=REDIRECT_URI).status_code == 200
    answers = [setting.exchange(code).json() for code in (*codes, UNKNOWN, "x")]
    assert all(answer == answers[-1] for answer in answers)
    builders.protect("urn:theirs", "theirs:read", owner=other)
    told = [location(setting.authorize(resource=name))[1] for name in ("urn:theirs", "urn:nobody")]
    assert told[0] == told[1]
