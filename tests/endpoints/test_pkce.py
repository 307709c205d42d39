"""What a client has to send against stolen codes: its member and the deployment's floor, by all that it may send."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.ground.unavailable import Unavailable
from accounts.models import User
from tests.support import builders
from tests.support.builders import save_code
from tests.support.endpoints import location, redeem
from tests.support.messages import AUTHORIZE, CHALLENGE, VERIFIER, Registered, authorization_request
from tokens.protocol.records import Pkce, ProtectionsSeen
from tokens.stores import store

LEVELS: tuple[Pkce, ...] = get_args(Pkce)
SENT = {
    "challenge": frozenset({"challenge"}),
    "nonce": frozenset({"nonce"}),
    "both": frozenset({"challenge", "nonce"}),
    "neither": frozenset[str](),
}
VERIFIERS = {"verifier": VERIFIER, "none": None, "wrong": VERIFIER[::-1]}
SCOPES = {"openid": "openid profile", "no openid": "profile"}
METHODS = {"client_secret_basic": "web", "private_key_jwt": "web", "none": "spa"}
"""How clients authenticate, each with their kind. Nobody can register a public client without PKCE; a record that says
so is not believed."""
CHALLENGED = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture(params=LEVELS)
def floor(request: pytest.FixtureRequest, settings: Settings) -> Pkce:
    level: Pkce = request.param
    settings.TOKENS = replace(settings.TOKENS, pkce=level)
    return level


def level_of(method: str, own: Pkce, floor: Pkce) -> Pkce:
    return "required" if method == "none" else LEVELS[max(LEVELS.index(floor), LEVELS.index(own))]


def suffices(level: Pkce, sent: frozenset[str], scope: str) -> bool:
    return {
        "optional": True,
        "pkce_or_nonce": "challenge" in sent or ("nonce" in sent and scope == "openid"),
        "required": "challenge" in sent,
    }[level]


def asked(browser: Client, client: Registered, sent: frozenset[str], scope: str) -> dict[str, str]:
    """What comes back of an authorization request that sends so much."""
    challenge: dict[str, str | None] = dict.fromkeys(CHALLENGED) | (CHALLENGED if "challenge" in sent else {})
    nonce = "n-0S6_WzA2Mj" if "nonce" in sent else None
    answer = browser.get(AUTHORIZE, authorization_request(client, scope=SCOPES[scope], nonce=nonce, **challenge))
    return location(answer)[1]


@pytest.mark.covers(
    "S21 PKCE",
    "S22 public",
    "S22 confidential",
    "S22 verifier",
    "S22 none",
    "S23 verifier",
    "S23 none",
    "CVE-2023-48228 absent",
)
@pytest.mark.parametrize("own", LEVELS)
@pytest.mark.parametrize("method", METHODS)
def test_a_code_is_given_for_what_the_client_has_to_send_and_redeemed_by_what_it_did_send(
    browser: Client, anybody: Client, method: str, own: Pkce, floor: Pkce
) -> None:
    client = builders.register(METHODS[method], token_endpoint_auth_method=method, pkce=own, skip_consent=True)
    for (name, sent), scope in product(SENT.items(), SCOPES):
        case = f"{method}, {own}, floor {floor}: {name}, {scope}"
        if not suffices(level_of(method, own, floor), sent, scope):
            answered = asked(browser, client, sent, scope)
            assert answered["error"] == "invalid_request", case
            assert "send code_challenge and code_challenge_method=S256" in answered["error_description"], case
            continue
        for verifier in VERIFIERS:
            answered = asked(browser, client, sent, scope)
            assert "code" in answered, case
            answer = redeem(anybody, client, answered["code"], method, code_verifier=VERIFIERS[verifier])
            fits = verifier == ("verifier" if "challenge" in sent else "none")
            assert answer.status_code == (200 if fits else 400), f"{case}, {verifier}: {answer.content}"
            if not fits:
                assert answer.json()["error"] == "invalid_grant", f"{case}, {verifier}"
                assert "code_verifier" in answer.json()["error_description"], f"{case}, {verifier}"


# --- What is noted


def seen(client: Registered) -> ProtectionsSeen:
    held = store().clients.get(client.client_id)
    assert held is not None
    return held.protections_seen


CODES: dict[str, dict[str, Any]] = {
    "pkce": {},
    "nonce": {"code_challenge": None},
    "neither": {"code_challenge": None, "nonce": None},
}


def use(sender: Client, client: Registered, person: User, sent: str, **changes: Any) -> Any:
    code, _ = save_code(client.client_id, str(person.pk), **CODES[sent] | changes)
    verifier = VERIFIER if sent == "pkce" else None
    return redeem(sender, client, code, "client_secret_basic", code_verifier=verifier)


@pytest.mark.parametrize("sent", CODES)
def test_what_a_client_did_is_noted_when_it_redeems_the_code(
    anybody: Client, alice: User, web: Registered, clock: Callable[[datetime], None], sent: str
) -> None:
    now = datetime.now(UTC)
    clock(now)
    assert use(anybody, web, alice, sent).status_code == 200
    assert seen(web) == ProtectionsSeen(**{sent: now})


def test_a_nonce_without_an_id_token_is_noted_as_neither(anybody: Client, alice: User, web: Registered) -> None:
    assert use(anybody, web, alice, "nonce", scope=("profile",)).status_code == 200
    assert seen(web) == ProtectionsSeen(neither=seen(web).neither)
    assert seen(web).neither is not None


def test_nothing_is_noted_of_what_anybody_can_ask_or_of_a_refusal(
    browser: Client, anybody: Client, alice: User, web: Registered
) -> None:
    asked(browser, web, SENT["neither"], "openid")
    code, _ = save_code(web.client_id, str(alice.pk), code_challenge=None)
    wrong = replace(web, client_secret="wrong")
    for who, verifier in ((web, VERIFIER), (wrong, None)):
        assert redeem(anybody, who, code, "client_secret_basic", code_verifier=verifier).status_code >= 400
    assert seen(web) == ProtectionsSeen()


def test_of_a_public_client_nothing_is_noted(anybody: Client, alice: User) -> None:
    spa = builders.register("spa")
    code, _ = save_code(spa.client_id, str(alice.pk))
    assert redeem(anybody, spa, code, "none").status_code == 200
    assert seen(spa) == ProtectionsSeen()


def test_a_code_gives_tokens_though_it_cannot_be_noted(
    anybody: Client, alice: User, web: Registered, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable(timedelta(seconds=1))

    monkeypatch.setattr(type(store().clients), "note_protection", fail)
    assert use(anybody, web, alice, "pkce").status_code == 200
    assert f"what protects the codes of client {web.client_id} was not noted: Unavailable" in caplog.text


def test_it_is_noted_once_a_day_in_one_statement(
    anybody: Client, alice: User, web: Registered, clock: Callable[[datetime], None]
) -> None:
    first = datetime.now(UTC)
    counted = []
    # The use of the secret is noted by its own rule.
    use(anybody, web, alice, "nonce")
    for later in (timedelta(), timedelta(minutes=1), timedelta(minutes=2)):
        clock(first + later)
        with CaptureQueriesContext(connection) as captured:
            assert use(anybody, web, alice, "pkce", expires=first + timedelta(days=2)).status_code == 200
        updates = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
        counted.append(len([sql for sql in updates if "pkce_seen" in sql]))
    assert counted[1:] == [0, 0]
    assert seen(web).pkce == first
    clock(first + timedelta(days=1))
    assert use(anybody, web, alice, "pkce", expires=first + timedelta(days=2)).status_code == 200
    assert seen(web).pkce == first + timedelta(days=1)
