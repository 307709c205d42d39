"""Whoever forgot their password comes back to the application, by a code that they read somewhere else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.outside.browser.person import Person
from tests.outside.browser.visit import Landing, Open, enter, give_app, mailed_code, sees, serving, show, sign_in
from tests.servers.nodes import Cluster
from tests.support.people import PASSWORD

NAME, NEW = "An application", "nine quiet herons by the water"
ADDRESS = "dora@example.org"
PEOPLE = f"""
from accounts.models import User
User.objects.filter(username="dora").delete()
User.objects.create_user("dora", {ADDRESS!r}, {PASSWORD!r}, email_verified=True)
"""
FORGIVE = "DELETE FROM accounts_throttle"


@pytest.fixture
def dora(provider: Cluster) -> str:
    provider.manage("shell", "-c", PEOPLE)
    return "dora"


@pytest.fixture(scope="module")
def application(provider: Cluster) -> Iterator[tuple[str, str]]:
    """Its address, and its client_id."""
    with serving(Landing) as url:
        yield url, provider.client("web", NAME, f"{url}/callback")["client_id"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_back_at_the_application_in_three_pages(
    provider: Cluster, application: tuple[str, str], new_page: Open, dora: str, scripts: bool
) -> None:
    person = Person(new_page(java_script_enabled=scripts), provider, application[1], application[0])
    person.meanwhile(FORGIVE)
    elsewhere = new_page()
    elsewhere.goto(f"{provider.issuer}/accounts/login/")
    sign_in(elsewhere, name=dora)
    sees(elsewhere, "Your account")

    person.begin(prompt="consent")
    person.say_who(dora)
    person.press("Forgotten your password?")
    person.sees("Forgotten your password?")
    expect(person.page.get_by_label("Username or e-mail address")).to_have_value(dora)
    person.press("Send the code")
    person.sees("Type the code")
    expect(person.page.get_by_label("Code")).to_be_focused()
    person.page.get_by_label("Code").fill("000 000 000")
    person.press("Continue")
    expect(person.page.get_by_role("alert")).to_contain_text("The code is not right.")
    person.page.get_by_label("Code").fill(mailed_code(provider, "password_reset"))
    person.press("Continue")
    person.sees("Choose a password")
    person.page.get_by_label("New password").fill("short")
    person.press("Set password")
    expect(person.page.get_by_role("alert")).to_contain_text("too short")
    person.page.get_by_label("New password").fill(NEW)
    person.press("Set password")
    person.sees(f"Allow {NAME}?")
    person.press("Allow")
    assert person.answered()

    elsewhere.reload()
    expect(elsewhere.locator("main")).to_contain_text("Your sign-in in this browser is over")
    elsewhere.goto(f"{provider.issuer}/accounts/login/")
    sign_in(elsewhere, NEW, name=dora)
    sees(elsewhere, "Your account")


def test_whoever_has_an_app_proves_it_before_the_new_password_and_is_back_in_four_pages(
    provider: Cluster, application: tuple[str, str], new_page: Open, dora: str
) -> None:
    secret, _ = give_app(provider, dora)
    person = Person(new_page(), provider, application[1], application[0])
    person.meanwhile(FORGIVE)
    person.begin(prompt="consent")
    person.say_who(dora)
    person.press("Forgotten your password?")
    person.press("Send the code")
    person.sees("Type the code")
    person.page.get_by_label("Code").fill(mailed_code(provider, "password_reset"))
    person.press("Continue")
    person.sees("Confirm that it is you")
    expect(person.page.locator("main")).to_contain_text(NAME)
    enter(person.page, "000000")
    expect(person.page.get_by_role("alert")).to_contain_text("not right")
    enter(person.page, show(secret, 0))
    person.sees("Choose a password")
    person.page.get_by_label("New password").fill(NEW)
    person.press("Set password")
    person.sees(f"Allow {NAME}?")
    person.press("Allow")
    assert person.answered()
