"""What the controls of our pages say and look like: a password that is shown is hidden again, a password manager reads
whose it is, success says so, and forced colours tell the buttons apart."""

import json
from collections.abc import Callable, Mapping

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.outside.browser.visit import Open, authorization_url, sees, sign_in
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE
from tests.support.people import PASSWORD, USERNAME

NEW = "nine quiet herons by the water"
SEEN = """function seen(e) {
  const colour = getComputedStyle(e).backgroundColor;
  return /^rgba.*, 0\\)$/.test(colour) && e.parentElement ? seen(e.parentElement) : colour;
}"""
"""The colour behind an element's text: its own, or that of what it is transparent to."""
LONG_AGO = "UPDATE accounts_loginsession SET auth_time = now() - interval '1 hour'"


def _signed_in(page: Page, provider: Cluster) -> None:
    page.goto(f"{provider.issuer}/accounts/login/")
    sign_in(page)
    sees(page, "Your account")


def at_sign_in(page: Page, provider: Cluster) -> None:
    page.goto(f"{provider.issuer}/accounts/login/")
    page.get_by_label("Username or e-mail address").fill(USERNAME)
    page.get_by_role("button", name="Continue").click()


def at_the_password_again(page: Page, provider: Cluster) -> None:
    _signed_in(page, provider)
    page.goto(f"{provider.issuer}/accounts/reauthenticate/")


def at_a_change(page: Page, provider: Cluster) -> None:
    _signed_in(page, provider)
    page.goto(f"{provider.issuer}/accounts/password/change/")


def at_a_choice(page: Page, provider: Cluster) -> None:
    page.goto(str(json.loads(provider.manage("users", "reset-link", USERNAME, "--json"))["reset_link"]))


def at_the_gate_of_the_admin(page: Page, provider: Cluster) -> None:
    client_id = provider.client("web", "A site", NOWHERE)["client_id"]
    _signed_in(page, provider)
    page.goto(f"{provider.issuer}/admin/tokens/client/{client_id.replace('_', '_5F')}/change/")
    with psycopg.connect(provider.database_url, autocommit=True) as connection:
        connection.execute(LONG_AGO)
    page.get_by_role("button", name="Save", exact=True).click()
    sees(page, "Confirm that it is you")


PLACES: Mapping[str, Callable[[Page, Cluster], None]] = {
    "sign-in": at_sign_in,
    "the password again": at_the_password_again,
    "a change": at_a_change,
    "a choice": at_a_choice,
    "the gate of the admin": at_the_gate_of_the_admin,
}
"""Every page of ours with a password."""

MOVES = "button => getComputedStyle(button).transitionDuration"


@pytest.mark.parametrize("name", PLACES)
def test_a_password_is_shown_and_hidden_by_one_button_that_says_which(
    provider: Cluster, new_page: Open, name: str
) -> None:
    page = new_page()
    PLACES[name](page, provider)
    fields = page.locator("main div.password input")
    page.wait_for_load_state()
    assert fields.count() == page.locator("main .show-password").count() > 0
    for number in range(fields.count()):
        field, button = fields.nth(number), page.locator("main .show-password").nth(number)
        for says, kind, after in (("Show", "password", "text"), ("Hide", "text", "password")):
            expect(button).to_have_text(says)
            expect(field).to_have_attribute("type", kind)
            button.click()
            expect(field).to_have_attribute("type", after)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("name", PLACES)
def test_a_password_manager_reads_whose_password_it_is_in_a_text_field(
    provider: Cluster, new_page: Open, name: str, scripts: bool
) -> None:
    """Which most of them do not look for among hidden ones. By sight it is not there, but where it is typed."""
    page = new_page(java_script_enabled=scripts)
    PLACES[name](page, provider)
    field = page.locator("main form input[autocomplete^=username]")
    expect(field).to_have_attribute("type", "text")
    expect(field).to_have_value(USERNAME)
    box = field.bounding_box()
    assert box is not None
    assert box["width"] < 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_tell_what_allows_from_what_does_not(provider: Cluster, new_page: Open, scheme: str) -> None:
    client_id = provider.client("web", "A site", NOWHERE)["client_id"]
    page = new_page(forced_colors="active", color_scheme=scheme, reduced_motion="reduce")
    page.goto(authorization_url(provider, client_id, NOWHERE, prompt="consent"))
    sign_in(page)
    page.mouse.move(0, 0)
    seen = [page.get_by_role("button", name=name, exact=True).evaluate(SEEN) for name in ("Allow", "Do not allow")]
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert seen[0] != seen[1]
    assert page.get_by_role("button", name="Allow", exact=True).evaluate(MOVES) == "0s", "less motion was asked for"
    page.emulate_media(reduced_motion="no-preference")
    assert page.get_by_role("button", name="Allow", exact=True).evaluate(MOVES) == "0.15s"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_who_changed_a_password_or_signed_out_is_told_so(provider: Cluster, new_page: Open, scripts: bool) -> None:
    name = f"dora-{scripts}".lower()
    provider.manage(
        "shell", "-c", f"from accounts.models import User; User.objects.create_user({name!r}, password={PASSWORD!r})"
    )
    page = new_page(java_script_enabled=scripts)
    page.goto(f"{provider.issuer}/accounts/login/?next=/accounts/password/change/")
    sign_in(page, name=name)
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_have_text("Your password is changed.")
    page.goto(f"{provider.issuer}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    sees(page, "You are signed out")
