"""A second factor that is required of a person, whatever a request asks for: by a setting, an admin, or a group."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.conf import Mail
from accounts.ground import clock
from accounts.models import LoginSession, PeopleGroup, User
from tests.accounts.authenticator import App, Hands, add_app, hold
from tests.accounts.passkeys import enrolled
from tests.endpoints.test_request_parameters import granted, parameters_of
from tests.support.builders import register
from tests.support.endpoints import consent_form, location, say
from tests.support.messages import AUTHORIZE, CONSENT, Registered, authorization_request
from tests.support.people import PASSWORD
from tokens.stores import store

STEP_UP, AUTHENTICATOR, REAUTHENTICATE = (
    "/accounts/step-up/",
    "/accounts/authenticator/",
    "/accounts/reauthenticate/",
)


def _by_setting(settings: Settings, _: User) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, second_factor="required")


def _by_admin(_: Settings, person: User) -> None:
    User.objects.filter(pk=person.pk).update(second_factor_required=True)


def _by_group(_: Settings, person: User) -> None:
    person.people_groups.add(
        PeopleGroup.objects.create(name="bakers"),
        PeopleGroup.objects.create(name="chiefs", second_factor_required=True),
    )


BY: Mapping[str, Callable[[Settings, User], None]] = {"setting": _by_setting, "admin": _by_admin, "group": _by_group}


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return hold(monkeypatch)


@pytest.fixture(params=BY)
def required(request: pytest.FixtureRequest, settings: Settings, alice: User, browser: Client, hands: Hands) -> None:
    """Of Alice, who signed in by her password just now."""
    BY[request.param](settings, alice)
    User.objects.update(password=make_password(PASSWORD))
    LoginSession.objects.update(methods=["password"], amr=["pwd"], acr="1", auth_time=hands.now)


def _led(browser: Client, answer: Any) -> tuple[str, dict[str, str]]:
    """The page that asks for more, and its query."""
    path, query = location(answer)
    assert path == STEP_UP
    return location(browser.get(f"{path}?{urlencode(query)}"))


def test_who_has_none_adds_one_and_the_request_goes_on(browser: Client, web: Registered, required: None) -> None:
    path, query = _led(browser, browser.get(AUTHORIZE, authorization_request(web)))
    assert path == AUTHENTICATOR
    page = browser.get(f"{path}?{urlencode(query)}")
    text = page.content.decode()
    assert ("is required of you" in text, "Cancel" in text, "Add a passkey instead" in text) == (True, False, True)
    assert _led(browser, browser.get(query["next"])) == (path, query), "who goes back is asked again"
    secret = page.context["secret"].replace(" ", "")
    done = browser.post(path, {"sealed": page.context["sealed"], "code": App(secret, ()).code(), **query})
    assert done.context["onward"] == query["next"]
    assert granted(web, browser.get(query["next"])).acr == "mfa"


def test_who_has_one_is_asked_for_it(browser: Client, web: Registered, required: None, alice: User) -> None:
    app = add_app(alice)
    path, query = location(browser.get(AUTHORIZE, authorization_request(web)))
    assert path == STEP_UP
    page = browser.get(f"{path}?{urlencode(query)}").content.decode()
    assert "Go on without it" not in page
    assert browser.post(path, {"code": app.code(), **query}).status_code == 303
    assert granted(web, browser.get(query["next"])).acr == "mfa"


def test_who_has_a_passkey_and_uses_the_password_leads_back_with_an_error(
    browser: Client, web: Registered, required: None, alice: User, hands: Hands
) -> None:
    enrolled(alice)
    path, query = _led(browser, browser.get(AUTHORIZE, authorization_request(web)))
    assert path == REAUTHENTICATE
    assert "Go on without it" not in browser.get(f"{path}?{urlencode(query)}").content.decode()
    hands.move(timedelta(seconds=1))
    assert browser.post(path, {"password": PASSWORD, **query}).status_code == 303
    assert parameters_of(browser.get(query["next"]))["error"] == "unmet_authentication_requirements"


def test_a_silent_request_is_told_so(browser: Client, web: Registered, required: None) -> None:
    answer = parameters_of(browser.get(AUTHORIZE, authorization_request(web, prompt="none")))
    assert answer["error"] == "unmet_authentication_requirements"
    assert "a second factor is required" in answer["error_description"]


def test_it_is_asked_beside_what_the_request_asks(browser: Client, web: Registered, required: None) -> None:
    """A wish that is met already, and one that nobody can meet, take nothing of it."""
    for asked in ({"acr_values": "1"}, {"acr_values": "phr"}, {"claims": '{"id_token": {"acr": null}}'}):
        path, _ = _led(browser, browser.get(AUTHORIZE, authorization_request(web, **asked)))
        assert path == AUTHENTICATOR


def test_the_home_page_leads_there_and_a_way_out_stays(browser: Client, required: None) -> None:
    path, query = location(browser.get("/"))
    assert (path, query) == (STEP_UP, {"own": "1", "next": "/"})
    path, query = location(browser.get(f"{path}?{urlencode(query)}"))
    assert path == AUTHENTICATOR
    assert browser.post("/accounts/logout/").status_code == 302
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("acr", ["mfa", "phr"])
def test_of_who_proved_it_nothing_is_asked(browser: Client, web: Registered, required: None, acr: str) -> None:
    LoginSession.objects.update(methods=["password", "totp"], amr=["pwd", "otp", "mfa"], acr=acr)
    assert granted(web, browser.get(AUTHORIZE, authorization_request(web))).acr == acr
    assert browser.get("/").status_code == 200


def test_other_people_are_asked_nothing(
    browser: Client, web: Registered, settings: Settings, django_user_model: type[User]
) -> None:
    bob = django_user_model.objects.create_user("bob")
    for require in (_by_admin, _by_group):
        require(settings, bob)
    LoginSession.objects.update(methods=["password"], amr=["pwd"], acr="1")
    assert granted(web, browser.get(AUTHORIZE, authorization_request(web))).acr == "1"


@pytest.mark.parametrize("word", ["allow", "deny", "withdraw"])
@pytest.mark.parametrize("asked", [{}, {"claims": '{"id_token": {"acr": {"essential": true, "values": ["mfa"]}}}'}])
def test_nobody_answers_for_good_who_has_more_to_prove(
    browser: Client, alice: User, settings: Settings, asked: dict[str, str], word: str
) -> None:
    """The page's address is guessed from that of the page of the second factor, and its form from before."""
    client = register("web")
    if word != "allow":
        _, query = location(browser.get(AUTHORIZE, authorization_request(client)))
        say(browser, query["interaction"])
    consents = store().consents
    before = consents.get(str(alice.pk), client.client_id, clock.now())
    assert (before is None) == (word == "allow")
    path, query = location(browser.get(AUTHORIZE, authorization_request(client, prompt="consent")))
    assert path == CONSENT
    form = consent_form(browser, query["interaction"], word)
    if asked:
        LoginSession.objects.update(methods=["password"], amr=["pwd"], acr="1")
        _, query = location(browser.get(AUTHORIZE, authorization_request(client, prompt="consent", **asked)))
        form |= {"interaction": dict(parse_qsl(urlsplit(query["next"]).query))["interaction"]}
    else:
        _by_admin(settings, alice)
        LoginSession.objects.update(methods=["password"], amr=["pwd"], acr="1")
    shown = browser.get(CONSENT, {"interaction": form["interaction"]})
    answer = browser.post(CONSENT, form)
    assert {shown.status_code, answer.status_code} == {303}
    assert location(browser.get(answer["Location"]))[0] == STEP_UP
    assert consents.get(str(alice.pk), client.client_id, clock.now()) == before


def test_other_names_of_the_classes_take_nothing_of_what_is_required(
    browser: Client, web: Registered, required: None, settings: Settings
) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, acr_values=("0", "1", "2"))
    assert location(browser.get(AUTHORIZE, authorization_request(web)))[0] == STEP_UP


def test_an_address_is_changed_with_what_is_required(
    browser: Client, required: None, settings: Settings, tmp_path: Path
) -> None:
    settings.MAIL = Mail(folder=tmp_path)
    for page in ("/accounts/address/", "/accounts/address/code/"):
        assert location(browser.post(page, {"email": "new@example.org"}))[0] == STEP_UP


def test_a_client_may_require_it_of_its_people_alone(browser: Client, web: Registered) -> None:
    LoginSession.objects.update(methods=["password"], amr=["pwd"], acr="1")
    bank = register("web", second_factor_required=True)
    assert location(browser.get(AUTHORIZE, authorization_request(bank)))[0] == STEP_UP
    silent = browser.get(AUTHORIZE, authorization_request(bank, prompt="none"))
    assert parameters_of(silent)["error"] == "unmet_authentication_requirements"
    assert granted(web, browser.get(AUTHORIZE, authorization_request(web))).acr == "1"
    assert browser.get("/").status_code == 200
    LoginSession.objects.update(methods=["password", "totp"], amr=["pwd", "otp", "mfa"], acr="mfa")
    assert location(browser.get(AUTHORIZE, authorization_request(bank)))[0] == CONSENT
