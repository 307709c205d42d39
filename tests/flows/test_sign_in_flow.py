"""The authorization endpoint's walk: all that is due, page after page, then the answer."""

import json
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from joserfc import jws

from accounts.models import LoginSession, User
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, exchange, is_refusal, parameters_of, userinfo
from tests.support.builders import change_clients, register
from tests.support.held import held
from tests.support.messages import CONSENT, SCOPE, Registered, authorization_request
from tokens.keys import signer
from tokens.protocol import records


def test_a_person_signs_in_consents_and_the_client_learns_who_they_are(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    page = browser.authorize(client_app)
    assert (page.status_code, browser.path) == (200, LOGIN)
    assert "Relying party" in page.content.decode()

    page = browser.sign_in()
    assert (page.status_code, browser.path) == (200, CONSENT)
    assert "rp.example" in page.content.decode()

    answered = parameters_of(browser.answer())
    code = answered.pop("code")
    assert answered == {"state": "af0ifjsldkj", "iss": settings.ISSUER}

    response = exchange(client_app, code)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    tokens = response.json()
    id_token = signer().verify(tokens["id_token"], typ="JWT")
    assert id_token is not None
    assert id_token["sub"] == str(alice.pk)
    assert id_token["nonce"] == "n-0S6_WzA2Mj"
    assert tokens["scope"] == SCOPE
    known = userinfo(tokens["access_token"]).json()
    assert known.pop("updated_at") == int(alice.updated_at.timestamp())
    assert known == {
        "sub": str(alice.pk),
        "name": "Alice Liddell",
        "preferred_username": "alice",
        "email": "alice@example.org",
        "email_verified": False,
    }


@pytest.mark.covers("CVE-2026-7571")
def test_pages_carry_the_id_of_the_request_and_whose_it_is_and_nothing_else_of_it(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    sign_in = browser.authorize(client_app, state="the-state", nonce="the-nonce").content.decode()
    consent = browser.sign_in().content.decode()
    for page in (sign_in, consent, browser.place):
        for secret in ("the-state", "the-nonce", client_app.redirect_uri, "code_challenge"):
            assert secret not in page


def test_an_authorization_request_by_post_comes_back_as_a_get_with_our_cookies(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    """A POST from the client's site brings no SameSite=Lax cookie: who is signed in shows only at the GET."""
    browser.walk(client_app)
    cookies = {name: morsel.value for name, morsel in browser.http.cookies.items()}
    browser.http.cookies.clear()
    in_parts = encode_multipart(BOUNDARY, authorization_request(client_app, prompt="none"))
    response = browser.http.post("/oauth2/authorize", in_parts, content_type=f"{MULTIPART_CONTENT}; charset=utf-8")
    assert is_refusal(response), "multipart is not the content type of a form"
    response = browser.send("/oauth2/authorize", authorization_request(client_app, prompt="none"), follow=False)
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/oauth2/authorize?interaction=")
    assert "Set-Cookie" not in response.headers
    browser.http.cookies.load(cookies)
    assert parameters_of(browser.open(response.headers["Location"])).keys() == {"code", "state", "iss"}


@pytest.mark.covers("S7 error")
def test_a_no_is_told_and_not_remembered(alice: User, client_app: Registered, browser: Browser) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    answered = parameters_of(browser.answer("deny"))
    assert answered.pop("error_description").isascii()
    assert answered.pop("error_uri").endswith("#person_denied")
    assert answered == {"error": "access_denied", "state": "af0ifjsldkj", "iss": settings.ISSUER}
    assert not held(records.Consent)
    assert not held(records.AuthorizationCode)
    browser.authorize(client_app)
    assert browser.path == CONSENT


@pytest.mark.covers("S75 scope")
def test_consent_is_remembered_until_a_client_wants_more(alice: User, client_app: Registered, browser: Browser) -> None:
    assert "code" in browser.walk(client_app, scope="openid")
    assert "code" in parameters_of(browser.authorize(client_app, scope="openid"))
    page = browser.authorize(client_app, scope="openid email").content.decode()
    assert browser.path == CONSENT
    assert page.count('class="new"') == 1
    assert "code" in parameters_of(browser.answer())
    assert "code" in parameters_of(browser.authorize(client_app, scope="openid email"))


def test_consent_to_one_client_is_none_to_another(alice: User, client_app: Registered, browser: Browser) -> None:
    browser.walk(client_app)
    browser.authorize(register())
    assert browser.path == CONSENT


def test_a_client_of_the_deployment_s_own_does_not_ask(alice: User, browser: Browser) -> None:
    browser.authorize(register(skip_consent=True))
    assert parameters_of(browser.sign_in()).keys() == {"code", "state", "iss"}


def test_prompt_consent_asks_again_though_it_is_remembered(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.walk(client_app)
    browser.authorize(client_app, prompt="consent")
    assert browser.path == CONSENT
    assert "code" in parameters_of(browser.answer())


@pytest.mark.covers("S16 none")
def test_prompt_none_never_shows_a_page(alice: User, client_app: Registered, browser: Browser) -> None:
    def asked() -> dict[str, str]:
        answered = parameters_of(browser.authorize(client_app, prompt="none"))
        answered.pop("error_description", None)
        answered.pop("error_uri", None)
        return answered

    echoed = {"state": "af0ifjsldkj", "iss": settings.ISSUER}
    assert asked() == {"error": "login_required", **echoed}
    browser.sign_in()
    assert asked() == {"error": "consent_required", **echoed}
    browser.walk(client_app)
    assert asked().keys() == {"code", *echoed}


@pytest.mark.covers("S16 login", "S16 auth_time")
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "600"}])
def test_a_fresh_sign_in_is_asked_for_once_and_moves_auth_time(
    alice: User, client_app: Registered, browser: Browser, asked: dict[str, str]
) -> None:
    browser.walk(client_app)
    long_ago = LoginSession.objects.get().auth_time - timedelta(hours=1)
    LoginSession.objects.update(auth_time=long_ago)
    page = browser.authorize(client_app, **asked)
    assert (page.status_code, browser.path) == (200, REAUTHENTICATE)
    assert "Relying party" in page.content.decode()
    answered = parameters_of(browser.reauthenticate())
    assert time.time() - _auth_time(exchange(client_app, answered["code"]).json()) < 60


@pytest.mark.covers("S16 max_age")
def test_max_age_is_met_by_a_sign_in_that_is_young_enough(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.walk(client_app)
    assert "code" in parameters_of(browser.authorize(client_app, max_age="600"))


@pytest.mark.covers("S16 login")
def test_prompt_login_is_not_met_by_the_wrong_password(alice: User, client_app: Registered, browser: Browser) -> None:
    browser.walk(client_app)
    browser.authorize(client_app, prompt="login")
    going_on, refused = browser.query["next"], browser.reauthenticate("wrong")
    assert refused.status_code == 422
    browser.open(going_on)
    assert browser.path == REAUTHENTICATE


@pytest.mark.covers("S33 person")
def test_a_person_who_is_disabled_after_the_code_gets_no_token(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    code = browser.walk(client_app)["code"]
    alice.is_active = False
    alice.save()
    refused = exchange(client_app, code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.covers("S70 disable")
def test_a_person_who_is_disabled_after_the_token_is_told_of_no_more(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    token = exchange(client_app, browser.walk(client_app)["code"]).json()["access_token"]
    assert userinfo(token).status_code == 200
    alice.is_active = False
    alice.save()
    assert userinfo(token).status_code == 401


def test_a_person_who_is_disabled_at_the_consent_page_has_to_sign_in(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    alice.is_active = False
    alice.save()
    browser.answer()
    assert browser.path == LOGIN
    assert not held(records.Consent)


def test_who_signs_out_elsewhere_at_the_consent_page_signs_in_and_is_asked_again(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    waiting = browser.place
    browser.sign_out()
    browser.place = waiting
    browser.answer()
    assert browser.path == LOGIN
    assert not held(records.Consent)
    browser.sign_in()
    assert browser.path == CONSENT
    assert "code" in parameters_of(browser.answer())


@pytest.mark.covers("S2 client", "S33 client")
def test_a_client_that_is_disabled_meanwhile_gets_nothing_at_any_stage(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    code = browser.walk(client_app)["code"]
    browser.authorize(client_app, prompt="consent")
    change_clients(enabled=False)
    assert is_refusal(browser.answer(follow=False))
    assert is_refusal(browser.open("/oauth2/authorize", interaction=browser.interaction))
    assert is_refusal(browser.authorize(client_app))
    refused = exchange(client_app, code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")


@pytest.mark.covers("S2 redirect_uri")
def test_a_redirect_uri_that_is_taken_away_meanwhile_is_no_longer_answered(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    change_clients(redirect_uris=["https://rp.example/other"])
    assert is_refusal(browser.answer())


@pytest.mark.covers("S2 redirect_uri")
@pytest.mark.parametrize(
    "wrong",
    [{"redirect_uri": "https://evil.example/"}, {"redirect_uri": None}, {"client_id": "0.nobody"}, {"client_id": None}],
)
def test_a_request_whose_answer_might_reach_a_stranger_ends_on_a_page(
    client_app: Registered, browser: Browser, wrong: dict[str, str | None]
) -> None:
    for prompt in (None, "none", "login", "consent", "none login"):
        for worse in ({}, {"response_type": "token"}, {"scope": None}, {"code_challenge": None}, {"request": "x"}):
            assert is_refusal(browser.authorize(client_app, **{**wrong, **worse, "prompt": prompt}))


@pytest.mark.covers("S13 next")
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "http:evil.example", "http://localhost/"]
)
def test_the_sign_in_page_leads_nowhere_but_to_our_own_pages(alice: User, browser: Browser, target: str) -> None:
    browser.open(LOGIN, next=target)
    browser.sign_in()
    assert browser.place == "/"


def _auth_time(tokens: dict[str, str]) -> float:
    claims: dict[str, float] = json.loads(jws.extract_compact(tokens["id_token"].encode()).payload)
    return claims["auth_time"]
