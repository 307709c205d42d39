"""What an application asks for beside a name: who it is to be, signed in how long ago, and in which language."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.outside.browser.person import Person
from tests.outside.browser.places.place import make
from tests.outside.browser.visit import Landing, Open, serving
from tests.servers.nodes import Cluster
from tests.support.people import PASSWORD, USERNAME

NAME, OTHER = "An application", "otto"
LONG_AGO = "UPDATE accounts_loginsession SET auth_time = auth_time - interval '1 hour'"
ANOTHER = "Use another account You are signed out of this one first."


@pytest.fixture(scope="module")
def application(provider: Cluster) -> Iterator[tuple[str, str]]:
    """Its address, and its client_id."""
    make(provider, OTHER)
    with serving(Landing) as url:
        yield url, provider.client("web", NAME, f"{url}/callback")["client_id"]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def person(request: pytest.FixtureRequest, provider: Cluster, application: tuple[str, str], new_page: Open) -> Person:
    page = new_page(java_script_enabled=request.param)
    return Person(page, provider, application[1], application[0])


def test_who_signed_in_too_long_ago_confirms_it_and_who_did_so_now_is_not_asked(person: Person) -> None:
    person.begin(prompt="consent")
    person.sign_in()
    person.press("Allow")
    assert person.answered()
    person.begin(max_age="600")
    assert person.answered()
    person.meanwhile(LONG_AGO)
    person.begin(max_age="600")
    person.sees("Confirm that it is you")
    expect(person.page.locator("main")).to_contain_text(f"{NAME} asks that {USERNAME} enter the password again.")
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.press("Confirm")
    assert person.answered()


def test_who_chooses_goes_on_as_who_they_are(person: Person) -> None:
    person.begin(prompt="consent")
    person.sign_in()
    person.begin(prompt="select_account consent")
    person.sees("Choose an account")
    person.press(f"Continue as {USERNAME}")
    expect(person.page.locator("main")).to_contain_text(f"You are signed in as {USERNAME}.")
    person.press("Allow")
    assert person.answered()


def test_who_chooses_another_account_picks_it_among_those_of_the_browser(person: Person) -> None:
    for name in (OTHER, USERNAME):
        person.page.goto(f"{person.provider.issuer}/accounts/login/")
        person.say_who(name)
        person.page.get_by_label("Keep me signed in").check()
        person.prove()
        person.sees("Your account")
        if name == OTHER:
            person.press("Sign out")
            person.sees("You are signed out")
    person.begin(prompt="select_account consent")
    person.press(ANOTHER)
    person.sees("Sign in")
    expect(person.page.get_by_role("button", name=USERNAME)).to_be_visible()
    person.press(OTHER)
    person.sign_in(None, who=OTHER)
    expect(person.page.locator("main")).to_contain_text(f"You are signed in as {OTHER}.")
    person.press("Allow")
    assert person.answered()


def test_the_pages_of_a_request_are_in_its_language_and_all_others_in_the_browsers(person: Person) -> None:
    page = person.page
    person.begin(prompt="consent", ui_locales="xx ar de")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    person.begin(prompt="consent", ui_locales="de")
    for button in ("Weiter", "Anmelden", "Erlauben"):
        expect(page.locator("html")).to_have_attribute("lang", "de")
        if button == "Weiter":
            page.locator("[name=login]").fill(USERNAME)
        if button == "Anmelden":
            page.locator("[name=password]").fill(PASSWORD)
        person.press(button)
    assert person.answered()
    page.goto(person.provider.issuer)
    person.sees("Your account")
