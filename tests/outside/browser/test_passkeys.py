"""Passkeys in Chromium, with a virtual authenticator (WebAuthn Level 3 §11)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.outside.browser.visit import Landing, Open, authorization_url, complaints, sees, serving, sign_in
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE
from tests.support.people import USERNAME

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


PHISHING_RESISTANT = '{"id_token": {"acr": {"essential": true, "values": ["phr"]}}}'
PHISHING = """options => {
  document.body.innerHTML =
    '<form action="/taken"><div hidden><input name="passkey"><button></button></div><p data-failed></p></form>';
  Object.assign(document.querySelector("button").dataset, { passkey: "get", options });
}"""
"""A page of another origin that asks for a passkey with our options."""
SEND = """signed => {
  const { form } = document.querySelector("[data-passkey]");
  form.elements.passkey.value = signed;
  form.submit();
}"""


@dataclass(frozen=True, slots=True)
class Device:
    """A page on a device that keeps passkeys."""

    page: Page
    devtools: CDPSession
    authenticator: str

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.devtools.send(
            f"WebAuthn.{method}", {"authenticatorId": self.authenticator, **parameters}
        )
        return answer

    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("getCredentials")["credentials"]
        return found

    def put(self, credential: dict[str, Any]) -> None:
        self.ask("addCredential", credential=credential)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def device(provider: Cluster, new_page: Open) -> Iterator[Callable[..., Device]]:
    """Each with its own browser; nobody has a passkey yet, nor afterwards."""

    def opened(**changes: Any) -> Device:
        page = new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS | changes})
        return Device(page, devtools, made["authenticatorId"])

    _execute(provider, "DELETE FROM accounts_passkey")
    yield opened
    _execute(provider, "DELETE FROM accounts_passkey")


@pytest.fixture
def alice(provider: Cluster, device: Callable[..., Device]) -> Device:
    """Signed in, with a passkey that she took when it was offered."""
    opened = device()
    opened.page.goto(f"{provider.issuer}/accounts/login/")
    sign_in(opened.page)
    sees(opened.page, "Sign in without a password next time")
    opened.press("Add a passkey")
    sees(opened.page, "Your account")
    expect(opened.page.get_by_role("status")).to_have_text("The passkey is added.")
    return opened


def test_who_took_the_offer_signs_in_from_the_field_for_the_name_without_typing(
    provider: Cluster, alice: Device
) -> None:
    sign_out(provider, alice.page)
    complained = complaints(alice.page)
    alice.page.goto(f"{provider.issuer}/accounts/login/")
    sees(alice.page, "Your account")
    assert complained == []


@pytest.mark.parametrize("after_the_name", [False, True])
def test_who_presses_the_button_is_led_on_to_the_application(
    provider: Cluster, alice: Device, after_the_name: bool
) -> None:
    client_id = provider.client("web", "An application", NOWHERE)["client_id"]
    sign_out(provider, alice.page)
    page = alice.page
    never_by_itself(page)
    page.goto(authorization_url(provider, client_id, NOWHERE))
    if after_the_name:
        page.get_by_label("Username or e-mail address").fill("somebody else")
        alice.press("Continue")
        page.get_by_label("Password", exact=True).fill("half a passw")
    alice.press("Use a passkey")
    sees(page, "Allow An application?")
    assert page.url.startswith(provider.issuer)


def test_a_confirmation_takes_a_passkey(provider: Cluster, alice: Device) -> None:
    client_id = provider.client("web", "A bank", NOWHERE)["client_id"]
    page = alice.page
    page.goto(authorization_url(provider, client_id, NOWHERE, prompt="login"))
    sees(page, "Confirm that it is you")
    alice.press("Use a passkey")
    sees(page, "Allow A bank?")


def test_an_application_that_has_to_have_a_passkey_has_one_added_and_later_used(
    provider: Cluster, device: Callable[..., Device]
) -> None:
    client_id = provider.client("web", "A vault", NOWHERE)["client_id"]
    opened = device()
    page = opened.page
    page.goto(authorization_url(provider, client_id, NOWHERE, claims=PHISHING_RESISTANT))
    sign_in(page)
    page.get_by_role("link", name="Not now").click()
    sees(page, "Add a passkey")
    expect(page.locator("main")).to_contain_text("A vault asks for a passkey.")
    opened.press("Add a passkey")
    sees(page, "Allow A vault?")
    sign_out(provider, page)
    never_by_itself(page)
    page.goto(authorization_url(provider, client_id, NOWHERE, claims=PHISHING_RESISTANT))
    sign_in(page)
    sees(page, "Confirm that it is you")
    opened.press("Use a passkey")
    sees(page, "Allow A vault?")


def test_a_passkey_is_added_named_and_removed(provider: Cluster, device: Callable[..., Device]) -> None:
    opened = device()
    page = opened.page
    page.goto(f"{provider.issuer}/accounts/login/")
    sign_in(page)
    page.get_by_role("link", name="Not now").click()
    sees(page, "Your account")
    page.get_by_role("link", name="Passkeys").click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("status").first).to_have_text("The passkey is added.")
    expect(page.get_by_role("listitem")).to_contain_text("My laptop")
    opened.press("Add a passkey")
    expect(page.get_by_text("This device has a passkey for you already.")).to_be_visible()
    page.get_by_role("link", name="Rename or remove My laptop").click()
    page.get_by_label("Name").fill("Old laptop")
    opened.press("Rename")
    page.get_by_role("link", name="Rename or remove Old laptop").click()
    page.get_by_text("Remove it…").click()
    opened.press("Remove")
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    sign_out(provider, page)
    page.goto(f"{provider.issuer}/accounts/login/")
    expect(page.get_by_role("alert")).to_contain_text("This passkey is not known here.")


def test_the_offer_is_made_once_in_a_browser(provider: Cluster, device: Callable[..., Device]) -> None:
    page = device().page
    for title in ("Sign in without a password next time", "Your account"):
        page.goto(f"{provider.issuer}/accounts/login/")
        sign_in(page)
        sees(page, title)
        sign_out(provider, page)


def test_a_device_that_keeps_no_passkeys_is_offered_none(provider: Cluster, new_page: Open) -> None:
    page = new_page()
    page.goto(f"{provider.issuer}/accounts/login/")
    sign_in(page)
    sees(page, "Your account")


@pytest.mark.covers("S63 count")
def test_a_copy_of_a_passkey_is_refused_once_the_other_was_used(
    provider: Cluster, alice: Device, device: Callable[..., Device]
) -> None:
    thief = device()
    never_by_itself(thief.page)
    [copied] = alice.credentials()
    thief.put(copied)
    sign_out(provider, alice.page)
    alice.page.goto(f"{provider.issuer}/accounts/login/")
    sees(alice.page, "Your account")
    thief.page.goto(f"{provider.issuer}/accounts/login/")
    thief.press("Use a passkey")
    expect(thief.page.get_by_role("alert")).to_contain_text("it looks as if there was a copy of it")


@pytest.mark.covers("S63 UV")
def test_a_device_that_is_not_unlocked_signs_nobody_in(provider: Cluster, alice: Device) -> None:
    sign_out(provider, alice.page)
    never_by_itself(alice.page)
    alice.ask("setUserVerified", isUserVerified=False)
    alice.page.goto(f"{provider.issuer}/accounts/login/")
    alice.press("Use a passkey")
    expect(alice.page.get_by_text("No passkey was used. Try again, or go on without one.")).to_be_visible()
    alice.ask("setUserVerified", isUserVerified=True)
    alice.press("Use a passkey")
    sees(alice.page, "Your account")


@pytest.mark.covers("S63 origin")
def test_another_port_of_the_same_host_uses_no_passkey_of_ours(provider: Cluster, alice: Device) -> None:
    """The browser would sign there: the rpId is the host's. We refuse it by its origin."""
    sign_out(provider, alice.page)
    never_by_itself(alice.page)
    alice.page.goto(f"{provider.issuer}/accounts/login/")
    options = alice.page.locator("[data-passkey]").get_attribute("data-options")
    with serving(Landing) as elsewhere:
        phisher = alice.page.context.new_page()
        devtools = phisher.context.new_cdp_session(phisher)
        devtools.send("WebAuthn.enable")
        made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
        devtools.send(
            "WebAuthn.addCredential", {"authenticatorId": made["authenticatorId"], "credential": alice.credentials()[0]}
        )
        phisher.goto(elsewhere.replace("127.0.0.1", "localhost"))
        script = (Path(__file__).parents[3] / "accounts/static/accounts/pages.js").read_text()
        phisher.evaluate(PHISHING, options)
        phisher.add_script_tag(content=script)
        phisher.get_by_role("button").click()
        phisher.wait_for_url("**/taken?*")
        [signed] = parse_qs(urlsplit(phisher.url).query)["passkey"]
    alice.page.evaluate(SEND, signed)
    expect(alice.page.get_by_role("alert")).to_contain_text("The passkey was not accepted.")


def test_without_scripts_everything_but_passkeys_works(provider: Cluster, new_page: Open) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{provider.issuer}/accounts/login/")
    assert page.get_by_role("button").all_inner_texts() == ["Continue"]
    sign_in(page)
    sees(page, "Your account")
    page.get_by_role("link", name="Passkeys").click()
    expect(page.get_by_text("Passkeys need JavaScript, and a browser that knows them.")).to_be_visible()
    assert page.get_by_role("button").count() == 0


def test_the_sign_in_pages_are_twelve_kilobytes_and_four_requests_at_the_most(
    provider: Cluster, new_page: Open
) -> None:
    page = new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    arrived: list[int] = []
    devtools.on("Network.loadingFinished", lambda told: arrived.append(int(told["encodedDataLength"])))
    page.goto(f"{provider.issuer}/accounts/login/", wait_until="networkidle")
    assert len(arrived) <= 4
    assert sum(arrived) <= 12_000
    devtools.send("Network.clearBrowserCache")
    arrived.clear()
    page.get_by_label("Username or e-mail address").fill(USERNAME)
    with page.expect_navigation(wait_until="networkidle"):
        page.get_by_role("button", name="Continue").click()
    assert len(arrived) <= 5, "the redirect, and the page"
    assert sum(arrived) <= 12_000


def sign_out(provider: Cluster, page: Page) -> None:
    page.goto(f"{provider.issuer}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/oauth2/logout")


def never_by_itself(page: Page) -> None:
    """The field for the name offers nothing: a virtual authenticator would answer before anybody pressed a button."""
    page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")


def _execute(provider: Cluster, statement: str) -> None:
    with psycopg.connect(provider.database_url, autocommit=True) as connection:
        connection.execute(statement.encode())
