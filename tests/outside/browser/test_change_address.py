"""Somebody changes the address of their account, by a code that they read somewhere else."""

import pytest
from playwright.sync_api import expect

from tests.outside.browser.visit import Open, mailed_code, sees, sign_in
from tests.servers.nodes import Cluster
from tests.support.people import PASSWORD

OLD, NEW = "erna@example.org", "erna@new.example"
PEOPLE = f"""
from accounts.models import Throttle, User
User.objects.filter(username__in=[{OLD!r}, {NEW!r}]).delete()
User.objects.create_user({OLD!r}, {OLD!r}, {PASSWORD!r})
Throttle.objects.all().delete()
"""


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_name_moves_with_the_address_and_the_page_shows_what_signs_in(
    provider: Cluster, new_page: Open, scripts: bool
) -> None:
    provider.manage("shell", "-c", PEOPLE)
    page, elsewhere = new_page(java_script_enabled=scripts), new_page()
    for one in (page, elsewhere):
        one.goto(f"{provider.issuer}/accounts/login/")
        sign_in(one, name=OLD)
        sees(one, "Your account")
    page.get_by_role("link", name="Change your e-mail address").click()
    sees(page, "Change your e-mail address")
    field = page.get_by_label("E-mail address")
    expect(field).to_have_value(OLD)
    field.fill(NEW)
    page.get_by_role("button", name="Send the code").click()
    sees(page, "Type the code")
    page.get_by_label("Code").fill("000 000 000")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("The code is not right.")
    page.get_by_label("Code").fill(mailed_code(provider, "address_change"))
    page.get_by_role("button", name="Continue").click()
    sees(page, "What signs you in")
    expect(page.locator("main")).to_contain_text("Your password")
    page.get_by_role("link", name="Continue").click()
    sees(page, "Your account")
    expect(page.locator("main")).to_contain_text(NEW)
    elsewhere.reload()
    expect(elsewhere.locator("main")).to_contain_text("Your sign-in in this browser is over")
    elsewhere.goto(f"{provider.issuer}/accounts/login/")
    sign_in(elsewhere, name=NEW)
    sees(elsewhere, "Your account")
