"""Somebody without an account comes from an application, makes one, and is back there."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.outside.browser.person import Person
from tests.outside.browser.test_passkeys import Device, device
from tests.outside.browser.visit import Landing, Open, complaints, mailed_code, sees, serving, sign_in
from tests.servers.nodes import Cluster

__all__ = ["device"]
NAME, PASSWORD = "An application", "nine quiet herons by the water"
FRITZ, GERDA, HANNA, IDA = (f"{name}@example.net" for name in ("fritz", "gerda", "hanna", "ida"))
NOBODY = f"""
from accounts.models import Throttle, User
User.objects.filter(username__in={[FRITZ, GERDA, HANNA, IDA]!r}).delete()
Throttle.objects.all().delete()
"""


@pytest.fixture(autouse=True)
def _nobody(provider: Cluster) -> None:
    provider.manage("shell", "-c", NOBODY)


@pytest.fixture(scope="module")
def application(provider: Cluster) -> Iterator[tuple[str, str]]:
    """Its address, and its client_id."""
    with serving(Landing) as url:
        yield url, provider.client("web", NAME, f"{url}/callback")["client_id"]


def prove(person: Person, address: str) -> None:
    person.sees("Create an account")
    person.page.get_by_label("E-mail address").fill(address)
    person.press("Send the code")
    person.sees("Type the code")
    expect(person.page.get_by_label("Code")).to_be_focused()
    person.page.get_by_label("Code").fill("000 000 000")
    person.press("Continue")
    expect(person.page.get_by_role("alert")).to_contain_text("The code is not right.")
    person.page.get_by_label("Code").fill(mailed_code(person.provider, "sign_up"))
    person.press("Continue")
    person.sees("Choose how you sign in")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_with_a_password(provider: Cluster, application: tuple[str, str], new_page: Open, scripts: bool) -> None:
    person = Person(new_page(java_script_enabled=scripts), provider, application[1], application[0])
    person.begin()
    person.press("Create an account")
    expect(person.page.locator("main")).to_contain_text(f"to continue to {NAME}")
    prove(person, FRITZ)
    person.page.get_by_label("New password").fill("short")
    person.press("Create the account")
    expect(person.page.get_by_role("alert")).to_contain_text("too short")
    person.page.get_by_label("New password").fill(PASSWORD)
    person.page.get_by_label("Your name").fill("Fritz Neumann")
    person.press("Create the account")
    person.sees(f"Allow {NAME}?")
    expect(person.page.get_by_role("status")).to_have_text("Your account is made.")
    person.press("Allow")
    assert person.answered()
    page = new_page()
    page.goto(f"{provider.issuer}/accounts/login/")
    sign_in(page, PASSWORD, FRITZ)
    sees(page, "Your account")


def test_who_an_application_sends_to_sign_up_is_back_there(
    provider: Cluster, application: tuple[str, str], new_page: Open
) -> None:
    person = Person(new_page(), provider, application[1], application[0])
    person.begin(prompt="create")
    expect(person.page.locator("main")).to_contain_text(f"to continue to {NAME}")
    prove(person, IDA)
    person.page.get_by_label("New password").fill(PASSWORD)
    person.press("Create the account")
    person.sees(f"Allow {NAME}?")
    expect(person.page.locator("main")).to_contain_text(f"You are signed in as {IDA}.")
    person.press("Allow")
    assert person.answered()


def test_with_a_passkey(provider: Cluster, application: tuple[str, str], device: Callable[..., Device]) -> None:
    opened = device()
    found = complaints(opened.page)
    person = Person(opened.page, provider, application[1], application[0])
    person.begin()
    person.press("Create an account")
    prove(person, GERDA)
    person.page.get_by_label("Your name").fill("Gerda Neumann")
    person.press("Use a passkey in place of a password")
    person.sees(f"Allow {NAME}?")
    person.press("Allow")
    assert person.answered()
    assert len(opened.credentials()) == 1
    opened.page.context.clear_cookies()
    opened.page.goto(f"{provider.issuer}/accounts/login/")
    sees(opened.page, "Your account")
    expect(opened.page.locator("main")).to_contain_text(GERDA)
    expect(opened.page.locator("main")).to_contain_text("Gerda Neumann")
    assert [text for text in found if "422" not in text] == []


def test_who_is_invited_makes_one(provider: Cluster, new_page: Open) -> None:
    link = provider.manage("users", "invite", HANNA, "--print").splitlines()[0]
    page = new_page()
    page.goto(link)
    sees(page, "You are invited")
    page.get_by_role("button", name="Continue").click()
    sees(page, "Choose how you sign in")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    sees(page, "Your account")
    expect(page.locator("main")).to_contain_text(HANNA)
    page.goto(link)
    sees(page, "This address has an account")
