"""The account chooser on the sign-in page, in Chromium, with scripts and without."""

import pytest
from playwright.sync_api import expect

from tests.outside.browser.test_second_factor import PHONE, is_fine
from tests.outside.browser.visit import Open, complaints, sees
from tests.servers.nodes import Cluster
from tests.support.people import PASSWORD


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_is_chosen_by_a_click_and_all_are_forgotten_by_one(
    provider: Cluster, new_page: Open, scripts: bool
) -> None:
    names = [
        f"{name}-{scripts}".lower() for name in ("joan", "a-name-that-is-as-long-as-few-are-and-has-no-blank-in-it")
    ]
    page = new_page(java_script_enabled=scripts, viewport=PHONE)
    complained = complaints(page)
    for name in names:
        provider.superuser(name, f"{name}@example.org", PASSWORD)
        page.goto(f"{provider.issuer}/accounts/login/")
        page.get_by_label("Username or e-mail address").fill(name)
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Keep me signed in").check()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        if scripts and page.get_by_role("link", name="Not now").is_visible():
            page.get_by_role("link", name="Not now").click()
        sees(page, "Your account")
        page.get_by_role("button", name="Sign out").click()
    page.goto(f"{provider.issuer}/accounts/login/")
    if scripts:
        is_fine(page)
    page.get_by_role("button", name=names[0]).click()
    expect(page.locator(".who")).to_contain_text(names[0])
    page.get_by_role("link", name="Not you?").click()
    page.get_by_role("button", name="Forget these names").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    expect(page.get_by_role("button", name=names[0])).to_have_count(0)
    assert complained == []
