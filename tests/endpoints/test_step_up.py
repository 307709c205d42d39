"""Step-up: an application asks for more factors than the sign-in was by (OpenID Connect Core §5.5.1.1)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.test import Client
from django.utils.html import escape
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.models import AuthenticatorApp, LoginSession, User
from tests.accounts.authenticator import App, Hands, add_app, hold
from tests.accounts.passkeys import enrolled
from tests.endpoints.test_request_parameters import granted, parameters_of
from tests.support.endpoints import location
from tests.support.messages import AUTHORIZE, Registered, authorization_request
from tests.support.people import PASSWORD

ESSENTIAL = '{"id_token": {"acr": {"essential": true, "values": ["mfa"]}}}'
STEP_UP, AUTHENTICATOR, REAUTHENTICATE = (
    "/accounts/step-up/",
    "/accounts/authenticator/",
    "/accounts/reauthenticate/",
)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return hold(monkeypatch)


@pytest.fixture
def app(alice: User, hands: Hands, browser: Client) -> App:
    """Alice's, who signed in in the browser before she added it elsewhere."""
    User.objects.update(password=make_password(PASSWORD))
    return add_app(alice)


@pytest.mark.parametrize("asked", [{"acr_values": "mfa"}, {"acr_values": "phr mfa"}, {"claims": ESSENTIAL}])
@pytest.mark.parametrize("way", ["app", "recovery code"])
def test_who_has_a_second_factor_is_asked_for_it_and_the_request_goes_on(
    browser: Client, web: Registered, app: App, asked: dict[str, str], way: str
) -> None:
    LoginSession.objects.update(methods=["password"], amr=["pwd"])
    path, query = location(browser.get(AUTHORIZE, authorization_request(web, **asked)))
    assert path == STEP_UP
    page = browser.get(f"{path}?{urlencode(query)}")
    assert page.status_code == 200
    wrong = browser.post(path, {"code": app.wrong(), **query})
    assert (wrong.status_code, query["next"].replace("&", "&amp;") in wrong.content.decode()) == (422, True)
    done = browser.post(path, {"code": app.code() if way == "app" else app.recovery_codes[0], **query})
    assert (done.status_code, done["Location"]) == (303, query["next"])
    code = granted(web, browser.get(query["next"]))
    assert (code.acr, code.amr) == ("mfa", ("pwd", "otp", "mfa"))


def test_who_has_none_adds_one_where_it_is_essential_and_goes_on(
    browser: Client, web: Registered, hands: Hands
) -> None:
    LoginSession.objects.update(methods=["password"], amr=["pwd"], auth_time=hands.now)
    path, query = location(browser.get(AUTHORIZE, authorization_request(web, claims=ESSENTIAL, ui_locales="de")))
    assert path == STEP_UP
    led, query = location(browser.get(f"{path}?{urlencode(query)}"))
    assert led == AUTHENTICATOR
    page = browser.get(f"{led}?{urlencode(query)}")
    # The client's window waits for the answer, and the person reads on in the language that it asked for.
    assert page["Cross-Origin-Opener-Policy"] == "unsafe-none"
    assert page["Content-Language"] == "de"
    secret = page.context["secret"].replace(" ", "")
    done = browser.post(led, {"sealed": page.context["sealed"], "code": App(secret, ()).code(), **query})
    assert done.context["onward"] == query["next"]
    assert (done["Cross-Origin-Opener-Policy"], done["Content-Language"]) == ("unsafe-none", "de")
    assert granted(web, browser.get(query["next"])).acr == "mfa"


def test_who_has_none_is_not_troubled_by_a_wish(browser: Client, web: Registered) -> None:
    assert granted(web, browser.get(AUTHORIZE, authorization_request(web, acr_values="mfa"))).acr == "1"


@pytest.mark.parametrize("asked", [{"acr_values": "mfa"}, {"claims": ESSENTIAL}])
def test_a_silent_request_is_answered_at_once(
    browser: Client, web: Registered, app: App, asked: dict[str, str]
) -> None:
    answer = browser.get(AUTHORIZE, authorization_request(web, prompt="none", **asked))
    if "claims" in asked:
        assert parameters_of(answer)["error"] == "unmet_authentication_requirements"
    else:
        assert granted(web, answer).acr == "1"


def _lapse(hands: Hands) -> None:
    """The session is remembered, and of two factors of longer ago than another session lives."""
    ago = timedelta(seconds=django_settings.ACCOUNTS.session_absolute + 1)
    LoginSession.objects.update(
        remembered=True,
        methods=["password", "totp"],
        acr="mfa",
        amr=["pwd", "otp", "mfa"],
        created=hands.now - ago,
        auth_time=hands.now - ago,
        expires=F("expires") + timedelta(days=29),
    )


def test_a_remembered_session_is_of_one_factor_once_another_one_would_have_ended(
    browser: Client, web: Registered, app: App, hands: Hands
) -> None:
    _lapse(hands)
    code = granted(web, browser.get(AUTHORIZE, authorization_request(web)))
    assert (code.acr, code.amr) == ("1", ("pwd", "otp"))


@pytest.mark.parametrize("first", ["code", "password"])
def test_it_is_of_two_again_once_both_were_proved_again_and_never_by_the_password_alone(
    browser: Client, web: Registered, app: App, hands: Hands, first: str
) -> None:
    _lapse(hands)
    if first == "password":
        assert browser.post(REAUTHENTICATE, {"password": PASSWORD}).status_code == 303
        assert LoginSession.objects.get().acr == "1"
    path, query = location(browser.get(AUTHORIZE, authorization_request(web, claims=ESSENTIAL)))
    assert path == STEP_UP
    done = browser.post(path, {"code": app.code(), **query})
    assert done.status_code == 303
    if first == "code":
        assert LoginSession.objects.get().acr == "1"
        path, query = location(done)
        assert path == REAUTHENTICATE
        assert browser.post(path, {"password": PASSWORD, **query}).status_code == 303
    assert granted(web, browser.get(query["next"])).acr == "mfa"
    hands.move(sessions.RECENT)
    assert browser.post(REAUTHENTICATE, {"password": PASSWORD}).status_code == 303
    assert LoginSession.objects.get().acr == "1", "the code was proved for a while, not for good"


@pytest.fixture
def elsewhere(alice: User, browser: Client) -> None:
    """Alice has a passkey on another device, and is signed in by her password."""
    enrolled(alice)
    User.objects.update(password=make_password(PASSWORD))
    LoginSession.objects.update(methods=["password"], amr=["pwd"])


def _led(browser: Client, answer: Any) -> tuple[str, dict[str, str]]:
    """The page that asks for more, and its query."""
    path, query = location(answer)
    return location(browser.get(f"{path}?{urlencode(query)}")) if path == STEP_UP else (path, query)


@pytest.mark.parametrize("acr", ["mfa", "phr"])
@pytest.mark.parametrize("way", ["password", "link"])
def test_who_has_not_at_hand_what_is_wished_for_goes_on_without(
    browser: Client, web: Registered, elsewhere: None, acr: str, way: str
) -> None:
    path, query = _led(browser, browser.get(AUTHORIZE, authorization_request(web, acr_values=acr)))
    assert path == REAUTHENTICATE
    page = browser.get(f"{path}?{urlencode(query)}")
    assert f'<a href="{escape(query["next"])}">Go on without it</a>' in page.content.decode()
    if way == "password":
        assert browser.post(path, {"password": PASSWORD, **query}).status_code == 303
    assert granted(web, browser.get(query["next"])).acr == "1"


@pytest.mark.parametrize("acr", ["mfa", "phr"])
def test_who_has_not_at_hand_what_is_essential_leads_back_with_an_error(
    browser: Client, web: Registered, elsewhere: None, acr: str
) -> None:
    path, query = _led(
        browser, browser.get(AUTHORIZE, authorization_request(web, claims=ESSENTIAL.replace("mfa", acr)))
    )
    assert path == REAUTHENTICATE
    assert "Go on without it" not in browser.get(f"{path}?{urlencode(query)}").content.decode()
    assert _led(browser, browser.get(query["next"])) == (path, query), "nothing was proved, and the page asks again"
    assert browser.post(path, {"password": PASSWORD, **query}).status_code == 303
    assert parameters_of(browser.get(query["next"]))["error"] == "unmet_authentication_requirements"


def test_a_code_that_is_wished_for_is_skipped_on_its_page_also_after_a_wrong_one(
    browser: Client, web: Registered, app: App
) -> None:
    LoginSession.objects.update(methods=["password"], amr=["pwd"])
    path, query = location(browser.get(AUTHORIZE, authorization_request(web, acr_values="mfa")))
    wrong = browser.post(path, {"code": app.wrong(), **query})
    assert f'<a href="{escape(query["next"])}">Go on without it</a>' in wrong.content.decode()
    assert granted(web, browser.get(query["next"])).acr == "1"


def test_a_wish_that_is_met_leaves_what_is_essential(browser: Client, web: Registered, elsewhere: None) -> None:
    path, _ = location(browser.get(AUTHORIZE, authorization_request(web, claims=ESSENTIAL, acr_values="1")))
    assert path == STEP_UP


def test_a_stronger_wish_beside_what_is_met_asks_for_that(browser: Client, web: Registered, elsewhere: None) -> None:
    LoginSession.objects.update(methods=["password", "totp"], amr=["pwd", "otp", "mfa"], acr="mfa")
    asked = authorization_request(web, claims=ESSENTIAL, acr_values="phr")
    path, query = _led(browser, browser.get(AUTHORIZE, asked))
    assert path == REAUTHENTICATE
    assert granted(web, browser.get(query["next"])).acr == "mfa"


def test_where_the_issuer_is_an_address_nobody_is_asked_for_a_passkey(
    browser: Client, web: Registered, elsewhere: None, settings: Settings
) -> None:
    settings.ISSUER = "https://192.0.2.1"
    assert granted(web, browser.get(AUTHORIZE, authorization_request(web, acr_values="phr"))).acr == "1"
    phr = authorization_request(web, claims=ESSENTIAL.replace("mfa", "phr"))
    assert parameters_of(browser.get(AUTHORIZE, phr))["error"] == "unmet_authentication_requirements"
    path, _ = _led(browser, browser.get(AUTHORIZE, authorization_request(web, claims=ESSENTIAL)))
    assert path == AUTHENTICATOR


def test_nobody_steps_up_for_somebody_else_or_without_a_session(browser: Client, web: Registered, app: App) -> None:
    bob = User.objects.create_user("bob")
    add_app(bob)
    other = Client()
    assert other.post(STEP_UP, {"code": app.code()})["Location"].startswith("/accounts/login/")
    other.force_login(User.objects.create_user("carol"))
    assert other.post(STEP_UP, {"code": app.code()})["Location"] == AUTHENTICATOR
    assert AuthenticatorApp.objects.count() == 2
