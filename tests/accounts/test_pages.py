"""Every page: its headers, its weight, its errors."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.models import User
from accounts.urls import account
from tests.accounts.signed_in import SignIn

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HOME, LOGIN, PASSWORD_CHANGE = "/", "/accounts/login/", "/accounts/password/change/"
PAGES = [
    HOME,
    LOGIN,
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    PASSWORD_CHANGE,
    "/accounts/password/new/",
    "/accounts/sign-up/",
    "/accounts/sign-up/new/",
    "/accounts/sign-up/invited/",
    "/accounts/address/",
    "/accounts/address/code/",
    "/accounts/ways-in/",
    "/accounts/sessions/",
    "/accounts/passkeys/",
    "/accounts/passkeys/offer/",
    "/accounts/passkeys/one/",
    "/accounts/inactive/",
    "/nowhere",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_page_says_what_it_may_load_and_that_nobody_keeps_it(sign_in: SignIn, path: str, signed_in: bool) -> None:
    headers = (sign_in() if signed_in else Client()).get(path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert headers["Content-Security-Policy"].startswith(POLICY)
    assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-Id"])
    if headers["Content-Type"].startswith("text/html"):
        assert "no-store" in headers.get("Cache-Control", "no-store")


def test_only_a_form_that_may_end_at_a_client_goes_without_form_action(sign_in: SignIn) -> None:
    browser = sign_in()
    policies = {path: browser.get(path)["Content-Security-Policy"] for path in PAGES}
    policies[LOGIN] = Client().get(LOGIN)["Content-Security-Policy"]
    free = {path for path, policy in policies.items() if policy == POLICY}
    sign_up = {"/accounts/sign-up/", "/accounts/sign-up/new/"}
    assert free == {LOGIN, "/accounts/reauthenticate/", "/accounts/passkeys/offer/", "/accounts/ways-in/", *sign_up}
    assert {policies[path] for path in PAGES if path not in free} == {f"{POLICY}; form-action 'self'"}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_needs_nobody_else(sign_in: SignIn, path: str) -> None:
    answer = (Client() if path == LOGIN else sign_in()).get(path)
    page = answer.content.decode()
    assert not re.search(r"<style|style=|<script(?! src)|\son\w+=|https?://", page)
    names = set(re.findall(r'(?:src|href)="/static/([^"]+)"', page))
    assert len(names) + 1 <= 4
    assert len(answer.content) + sum(_size(name) for name in names) < 50_000


def test_password_managers_find_the_page_of_another_password(sign_in: SignIn) -> None:
    """And can tell that what is not there is not (W3C, A Well-Known URL for Changing Passwords §3)."""
    browser = sign_in()
    found = browser.get("/.well-known/change-password", follow=True)
    assert (found.redirect_chain, found.status_code) == ([(PASSWORD_CHANGE, 302)], 200)
    absent = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
    assert browser.get(absent).status_code == 404


@pytest.mark.parametrize("signed_in", [True, False])
def test_programs_that_keep_passkeys_find_the_page_of_them(sign_in: SignIn, signed_in: bool) -> None:
    """W3C, A Well-Known URL for Relying Party Passkey Endpoints."""
    answer = (sign_in() if signed_in else Client()).get("/.well-known/passkey-endpoints")
    page = f"{settings.ISSUER}/accounts/passkeys/"
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == {"enroll": page, "manage": page}


def test_home_says_who_is_there(sign_in: SignIn, client: Client) -> None:
    assert "Sign in" in client.get("/").content.decode()
    page = sign_in().get("/").content.decode()
    assert "Alice Liddell" in page
    assert "Sign out" in page
    assert "/admin/" not in page


def test_home_leads_staff_to_the_administration(person: User, sign_in: SignIn) -> None:
    User.objects.update(is_staff=True)
    assert "/admin/" in sign_in().get("/").content.decode()


def test_signing_out_asks_first(sign_in: SignIn) -> None:
    browser = sign_in()
    assert "Sign out?" in browser.get("/accounts/logout/").content.decode()
    assert browser.get("/").context["user"].is_authenticated


def test_an_error_page_names_the_request(db: None, client: Client) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer["X-Request-Id"] in answer.content.decode()


def test_what_people_typed_is_shown_as_text(db: None, client: Client) -> None:
    answer = client.post(LOGIN, {"login": '"><script>alert(1)</script>', "password": "x", "next": '"><b>'})
    assert "<script>alert" not in answer.content.decode()
    assert '"><b>' not in answer.content.decode()


def _size(name: str) -> int:
    # Served names carry a hash of the content.
    path = finders.find(re.sub(r"\.[0-9a-f]{12}(\.\w+)$", r"\1", name))
    assert isinstance(path, str)
    with open(path, "rb") as file:
        return len(file.read())


ON_THE_WAY = {
    *("sign_in", "switched_off", "second_step", "step_up", "reauthenticate", "offer_passkey"),
    *("sign_up", "sign_up_code", "sign_up_new"),
    *("password_reset", "password_reset_code", "password_reset_new"),
    *("authenticator", "recovery_codes", "ways_in", "sign_out"),
}
"""Pages that may stand between a client and its answer. A page more that reads where one goes on belongs here."""


def test_each_page_between_a_client_and_its_answer_keeps_the_window_that_opened_it() -> None:
    """HTML Standard, cross-origin opener policies: one that does not cuts a popup off for good."""
    keep = {each.name for each in account if getattr(each.callback, "keeps_opener", False)}
    assert keep == ON_THE_WAY
