"""What a relying party is told of a sign-in by passkey, and of a confirmation by one."""

import json
from typing import Any

from accounts.models import LoginSession, User
from tests.accounts.passkeys import enrolled
from tests.support.authenticator import Authenticator
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, exchange, parameters_of
from tests.support.messages import CONSENT, Registered
from tokens.keys import signer
from tokens.protocol import id_token

OFFER = "/accounts/passkeys/offer/"


def prove(browser: Browser, page: Any, device: Authenticator) -> Any:
    """On the page that is shown."""
    options = json.loads(page.context["passkey_options"])
    return browser.send(browser.path, {"passkey": device.get(options), "next": browser.query["next"]})


def told(client: Registered, answer: Any) -> dict[str, Any]:
    """The ID token."""
    code = parameters_of(answer)["code"]
    return signer().verify(exchange(client, code).json()["id_token"], typ=id_token.TYP) or {}


def test_a_sign_in_by_passkey_is_of_the_strongest_class(alice: User, client_app: Registered, browser: Browser) -> None:
    device, _ = enrolled(alice)
    page = browser.authorize(client_app, acr_values="phr")
    assert browser.path == LOGIN
    prove(browser, page, device)
    assert browser.path == CONSENT
    claims = told(client_app, browser.answer())
    assert (claims["sub"], claims["acr"], claims["amr"]) == (str(alice.pk), "phr", ["pop", "user", "mfa"])


def test_who_has_no_password_meets_prompt_login_by_passkey(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    device, _ = enrolled(alice)
    prove(browser, browser.authorize(client_app), device)
    browser.answer()
    alice.set_unusable_password()
    User.objects.filter(pk=alice.pk).update(password=alice.password)
    before = LoginSession.objects.get().auth_time
    page = browser.authorize(client_app, prompt="login")
    assert (page.status_code, browser.path) == (200, REAUTHENTICATE)
    claims = told(client_app, prove(browser, page, device))
    assert claims["auth_time"] >= int(before.timestamp())
    assert LoginSession.objects.get().auth_time > before


def test_who_signed_in_by_password_meets_max_age_by_passkey_and_is_surer(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    device, _ = enrolled(alice)
    browser.walk(client_app)
    page = browser.authorize(client_app, max_age="0")
    claims = told(client_app, prove(browser, page, device))
    assert (claims["acr"], claims["amr"]) == ("phr", ["pwd", "pop", "user", "mfa"])


def test_who_has_none_adds_one_where_it_is_essential_and_goes_on(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.walk(client_app)
    essential = '{"id_token": {"acr": {"essential": true, "values": ["phr"]}}}'
    page = browser.authorize(client_app, claims=essential)
    text = page.content.decode()
    assert (browser.path, "asks for a passkey" in text, "Not now" in text) == (OFFER, True, False)
    device = Authenticator()
    made = device.create(json.loads(page.context["options"]))
    answer = browser.send(browser.path, {"passkey": made, "by_passkey": "1", "next": browser.query["next"]})
    assert told(client_app, answer)["acr"] == "phr"
