"""What a person's browser asks on its way through the pages, ready to be asked as often as a test likes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.ground import clock
from accounts.models import LoginSession, User
from tests.support.builders import register
from tests.support.endpoints import consent_form, exchange, location, post
from tests.support.messages import AUTHORIZE, CONSENT, Registered, authorization_request
from tests.support.people import PASSWORD

LOGIN, LOGOUT, HOME = "/accounts/login/", "/accounts/logout/", "/"
APPLICATIONS, APPLICATION = "/oauth2/applications", "/oauth2/applications/one"
SESSIONS = "/accounts/sessions/"
CHOOSER, SIGN_OUT, END_SESSION = "/oauth2/select_account", "/oauth2/sign_out", "/oauth2/logout"

Request = Callable[[], Any]
Visit = Callable[[], Request]
"""Does what comes before, which nobody counts, in a browser of its own; the request that comes then."""


@pytest.fixture
def visits(alice: User, settings: Settings) -> dict[str, Visit]:
    """By what is asked, for a client that has to ask for consent."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    alice.set_password(PASSWORD)
    alice.save()
    web = register("web")
    return {
        **_authorize(alice, web),
        **_sign_in(web),
        **_choose(alice, web),
        **_consent(alice, web),
        **_allowed(alice, web),
        **_end(alice, web),
        **_elsewhere(alice),
    }


def _authorize(alice: User, web: Registered) -> dict[str, Visit]:
    request = authorization_request(web)
    return {
        "authorize, nobody is signed in": lambda: _get(Client(), AUTHORIZE, request),
        "authorize by POST": lambda: _post(Client(), AUTHORIZE, request),
        "authorize, consent is due": lambda: _get(_signed_in(alice), AUTHORIZE, request),
        "authorize, a choice is due": lambda: _get(
            _signed_in(alice), AUTHORIZE, request | {"prompt": "select_account"}
        ),
        "authorize, the password is due": lambda: _get(_signed_in(alice), AUTHORIZE, request | {"prompt": "login"}),
    }


def _sign_in(web: Registered) -> dict[str, Visit]:
    def page() -> Request:
        browser = Client()
        return _get(browser, _led(browser, web))

    def form(browser: Client, password: str) -> Request:
        following = location(browser.get(AUTHORIZE, authorization_request(web)))[1]["next"]
        return _post(browser, LOGIN, {"login": "alice", "password": password, "next": following})

    def back() -> Request:
        browser = Client()
        return _get(browser, form(browser, PASSWORD)()["Location"])

    return {
        "sign-in page": lambda: _get(Client(), LOGIN),
        "sign-in page, for a client": page,
        "sign-in, right": lambda: form(Client(), PASSWORD),
        "sign-in, wrong": lambda: form(Client(), "wrong"),
        "back from the sign-in, consent is due": back,
    }


def _choose(alice: User, web: Registered) -> dict[str, Visit]:
    def chooser(answer: str | None) -> Request:
        browser = _signed_in(alice)
        form = {"interaction": _begun(browser, web, prompt="select_account")}
        return _get(browser, CHOOSER, form) if answer is None else _post(browser, CHOOSER, form | {"answer": answer})

    def again() -> Request:
        browser = _signed_in(alice)
        return _get(browser, _led(browser, web, prompt="login"))

    return {
        "page that asks for the password again": again,
        "account chooser": lambda: chooser(None),
        "account chooser, go on": lambda: chooser("continue"),
        "account chooser, another": lambda: chooser("another"),
    }


def _consent(alice: User, web: Registered) -> dict[str, Visit]:
    def page() -> Request:
        browser = _signed_in(alice)
        return _get(browser, CONSENT, {"interaction": _begun(browser, web, prompt="consent")})

    def say(browser: Client, word: str) -> Request:
        return _post(browser, CONSENT, consent_form(browser, _begun(browser, web, prompt="consent"), word))

    def no_more() -> None:
        say(_signed_in(alice), "deny")()

    def after(before: Callable[[], Any], word: str) -> Request:
        before()
        return say(_signed_in(alice), word)

    def back(word: str) -> Request:
        browser = _signed_in(alice)
        return _get(browser, say(browser, word)()["Location"])

    def allowed() -> None:
        say(_signed_in(alice), "allow")()

    return {
        "consent page": page,
        "consent, yes": lambda: after(no_more, "allow"),
        "consent, yes to what was allowed": lambda: after(allowed, "allow"),
        "consent, no": lambda: after(no_more, "deny"),
        "consent, no to what was allowed": lambda: after(allowed, "deny"),
        "back from a yes, with the code": partial(back, "allow"),
        "back from a no": partial(back, "deny"),
    }


def _allowed(alice: User, web: Registered) -> dict[str, Visit]:
    """What was allowed, and a code that was redeemed for it."""
    named = f"{APPLICATION}?client_id={web.client_id}"

    def ready() -> Client:
        browser = _signed_in(alice)
        form = consent_form(browser, _begun(browser, web, prompt="consent"))
        code = location(browser.get(post(browser, CONSENT, form)["Location"]))[1]["code"]
        assert exchange(Client(), web, code).status_code == 200
        return browser

    def again() -> Client:
        browser = ready()
        browser.post(named)
        return browser

    return {
        "applications": lambda: _get(ready(), APPLICATIONS),
        "an application": lambda: _get(ready(), named),
        "an application, withdrawn": lambda: _post(ready(), named, {}),
        "an application, withdrawn again": lambda: _post(again(), named, {}),
    }


def _end(alice: User, web: Registered) -> dict[str, Visit]:
    named = {"client_id": web.client_id}
    return {
        "home": lambda: _get(_signed_in(alice), HOME),
        "sign-out page": lambda: _get(_signed_in(alice), LOGOUT),
        "sign-out": lambda: _post(_signed_in(alice), LOGOUT, {}),
        "sign-out at a client": lambda: _get(_signed_in(alice), END_SESSION, named),
        "sign-out page, for a client": lambda: _get(_signed_in(alice), SIGN_OUT, named),
        "sign-out, for a client": lambda: _post(_signed_in(alice), SIGN_OUT, named),
    }


def _elsewhere(alice: User) -> dict[str, Visit]:
    """With two more browsers than the one that looks: each time all that were there before are over."""

    def ready() -> Client:
        LoginSession.objects.update(ended_at=clock.now())
        for _ in range(2):
            _signed_in(alice)
        return _signed_in(alice)

    def end_one() -> Request:
        browser = ready()
        return _post(browser, SESSIONS, {"end": LoginSession.objects.filter(ended_at=None).earliest("created").sid})

    return {
        "sessions": lambda: _get(ready(), SESSIONS),
        "sessions, one ended": end_one,
        "sessions, two others ended": lambda: _post(ready(), SESSIONS, {"others": ""}),
    }


def _get(browser: Client, path: str, query: Mapping[str, str] | None = None) -> Request:
    return lambda: browser.get(path, query)


def _post(browser: Client, path: str, form: Mapping[str, str]) -> Request:
    return lambda: post(browser, path, form)


def _signed_in(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend="accounts.sign_in.backends.PasswordBackend")
    return browser


def _led(browser: Client, client: Registered, **changes: str) -> str:
    """Where the browser is led for the client's request."""
    address: str = browser.get(AUTHORIZE, authorization_request(client, **changes))["Location"]
    return address


def _begun(browser: Client, client: Registered, **changes: str) -> str:
    """The id of a request that waits for the person who is signed in."""
    return location(browser.get(AUTHORIZE, authorization_request(client, **changes)))[1]["interaction"]
