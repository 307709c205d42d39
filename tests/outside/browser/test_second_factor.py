"""An authenticator app from the day it is added to the day it is removed, in Chromium, with scripts and without."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.outside.browser.visit import (
    Open,
    add_app,
    authorization_url,
    complaints,
    confirm,
    enter,
    sees,
    show,
    sign_in,
)
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE
from tests.support.people import PASSWORD

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 320, "height": 640}
ESSENTIAL = '{"id_token": {"acr": {"essential": true, "values": ["mfa"]}}}'


def is_fine(page: Page) -> None:
    """Accessible in light and dark and right to left, and as wide as a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for direction in ("rtl", "ltr"):
            page.evaluate(f"document.documentElement.dir = '{direction}'")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
            assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("scripts", [True, False])
def test_an_app_is_added_asked_for_and_removed(provider: Cluster, new_page: Open, scripts: bool) -> None:
    name = f"ada-{scripts}".lower()
    provider.superuser(name, f"{name}@example.org", PASSWORD)
    page = new_page(java_script_enabled=scripts, viewport=PHONE)
    complained = complaints(page)
    page.goto(f"{provider.issuer}/accounts/login/")
    sign_in(page, name=name)
    page.get_by_role("link", name="Authenticator app and recovery codes").click()
    secret, shown, codes = add_app(page)
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    sees(page, "Your account")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{provider.issuer}/accounts/authenticator/")
    sign_in(page, name=name)
    sees(page, "Confirm that it is you")
    enter(page, shown)
    expect(page.get_by_role("alert")).to_contain_text("used already")
    enter(page, show(secret, 1))
    sees(page, "Authenticator app")
    page.get_by_role("link", name="Make new recovery codes").click()
    page.get_by_label("Code from your app, or a recovery code").fill(codes[0])
    page.get_by_role("button", name="Make new ones").click()
    sees(page, "Keep these recovery codes")
    new = page.locator(".codes code").all_inner_texts()
    other = new_page(java_script_enabled=scripts, viewport=PHONE)
    other.goto(f"{provider.issuer}/accounts/login/")
    sign_in(other, name=name)
    other.get_by_role("link", name="Use a recovery code").click()
    enter(other, codes[1], "Recovery code")
    expect(other.get_by_role("alert")).to_contain_text("not right")
    enter(other, new[0], "Recovery code")
    sees(other, "Your account")
    page.goto(f"{provider.issuer}/accounts/authenticator/")
    page.get_by_label("Code from your app, or a recovery code").fill(new[1].upper())
    page.get_by_role("button", name="Remove the app").click()
    expect(page.get_by_role("status")).to_contain_text("is removed")
    other.reload()
    sees(other, "Welcome")
    # Of a form that is refused Chromium writes down the status.
    assert [text for text in complained if "422" not in text] == []


def test_an_application_that_needs_a_second_factor_has_one_added_and_later_asked_for(
    provider: Cluster, new_page: Open
) -> None:
    client_id = provider.client("web", "A bank", NOWHERE)["client_id"]
    provider.superuser("grace", "grace@example.org", PASSWORD)
    page = new_page(viewport=PHONE)
    page.goto(authorization_url(provider, client_id, NOWHERE, claims=ESSENTIAL))
    sign_in(page, name="grace")
    secret, _, _ = add_app(page)
    page.get_by_role("link", name="I have kept them").click()
    sees(page, "Allow A bank?")
    other = new_page(viewport=PHONE)
    other.goto(authorization_url(provider, client_id, NOWHERE, acr_values="mfa", prompt="login"))
    sign_in(other, name="grace")
    expect(other.locator("main")).to_contain_text("A bank")
    enter(other, show(secret, 1))
    sees(other, "Allow A bank?")
    other.goto(authorization_url(provider, client_id, NOWHERE, acr_values="mfa", prompt="login"))
    confirm(other)
    sees(other, "Allow A bank?")


def test_every_page_of_a_second_factor_is_accessible_and_fits_a_phone(provider: Cluster, new_page: Open) -> None:
    provider.superuser("joan", "joan@example.org", PASSWORD)
    page = new_page(viewport=PHONE)
    page.goto(f"{provider.issuer}/accounts/authenticator/")
    sign_in(page, name="joan")
    sees(page, "Add an authenticator app")
    is_fine(page)
    secret, _, _ = add_app(page)
    is_fine(page)
    for path, title in (("authenticator", "Authenticator app"), ("recovery-codes", "Recovery codes")):
        page.goto(f"{provider.issuer}/accounts/{path}/")
        sees(page, title)
        is_fine(page)
    page.goto(f"{provider.issuer}/accounts/step-up/")
    sees(page, "Confirm that it is you")
    is_fine(page)
    other = new_page(viewport=PHONE)
    other.goto(f"{provider.issuer}/accounts/login/")
    sign_in(other, name="joan")
    sees(other, "Confirm that it is you")
    is_fine(other)
    other.get_by_role("link", name="Use a recovery code").click()
    is_fine(other)
    enter(other, show(secret, 5), "Recovery code")
    expect(other.get_by_role("alert")).to_be_visible()
    is_fine(other)
    other.goto(f"{provider.issuer}/accounts/second-step/?sign_in=x")
    sees(other, "This sign-in is over")
    is_fine(other)
