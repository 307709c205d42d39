"""What comes between a person and the application: each ends at the application, by controls of our pages alone, with
and without scripts; what was typed is kept, and no page blames who did nothing."""

import re
from collections.abc import Callable, Iterator, Mapping

import psycopg
import pytest
from playwright.sync_api import expect

from tests.outside.browser.person import AWAY, Person, locked
from tests.outside.browser.visit import Landing, Open, serving
from tests.servers.nodes import Cluster
from tests.support.people import PASSWORD, USERNAME

NAME = "An application"
BOB, SWITCHED_OFF = "bob", "carol"
PEOPLE = f"""
from accounts.models import User
User.objects.create_user({BOB!r}, password={PASSWORD!r})
User.objects.create_user({SWITCHED_OFF!r}, password={PASSWORD!r}, is_active=False)
"""
EXPIRE = "UPDATE tokens_interaction SET expires = now()"
SIGN_OUT_ELSEWHERE = "UPDATE accounts_loginsession SET ended_at = now() WHERE ended_at IS NULL"
THROTTLE = "UPDATE accounts_throttle SET failures = 30, again = now() + interval '40 minutes' WHERE account <> ''"
FORGIVE = "DELETE FROM accounts_throttle"
"""Also how many requests of this one address wait: the tests leave many."""


Interrupted = Callable[[Person], bool]


def a_refused_password(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in(password="not it")
    expect(person.page).to_have_title(re.compile("^Error:"))
    person.sign_in(None)
    person.press("Allow")
    return person.answered()


def a_throttled_one(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in(password="not it")
    person.meanwhile(THROTTLE)
    person.sign_in(None)
    expect(person.page.get_by_role("alert")).to_contain_text("40 minutes")
    person.meanwhile(FORGIVE)
    person.sign_in(None)
    person.press("Allow")
    return person.answered()


def a_database_that_is_away_while_the_password_is_sent(person: Person) -> bool:
    person.begin(prompt="consent")
    with locked(person.provider, "accounts_throttle"):
        person.sign_in()
        person.sees(AWAY)
    person.press_while_away("Send it again")
    person.sign_in(None)
    person.press("Allow")
    return person.answered()


def a_database_that_is_away_while_the_answer_is_sent(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in()
    with locked(person.provider, "tokens_consent"):
        person.press("Allow")
        person.sees(AWAY)
    person.press_while_away("Send it again")
    return person.answered()


def a_database_that_is_away_while_a_page_is_opened(person: Person) -> bool:
    with locked(person.provider, "tokens_client"):
        person.begin(prompt="consent")
        person.sees(AWAY)
    person.press_while_away("Open the page again")
    person.sign_in()
    person.press("Allow")
    return person.answered()


def a_sign_out_elsewhere_before_the_answer(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in()
    person.meanwhile(SIGN_OUT_ELSEWHERE)
    person.press("Allow")
    person.sign_in()
    person.press("Allow")
    return person.answered()


def a_sign_out_elsewhere_before_the_password_again(person: Person) -> bool:
    """One password meets what asked for it."""
    person.begin(prompt="consent")
    person.sign_in()
    person.begin(prompt="login consent")
    person.meanwhile(SIGN_OUT_ELSEWHERE)
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.press("Confirm")
    person.sign_in()
    person.press("Allow")
    return person.answered()


def a_sign_out_elsewhere_before_the_choice(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in()
    person.begin(prompt="select_account consent")
    person.meanwhile(SIGN_OUT_ELSEWHERE)
    person.press("Use another account You are signed out of this one first.")
    person.sign_in()
    person.press("Allow")
    return person.answered()


def a_sign_in_form_that_was_open_for_hours(person: Person) -> bool:
    person.begin()
    person.meanwhile(EXPIRE)
    person.say_who()
    person.sees("This sign-in is over")
    person.press(f"Back to {NAME}")
    return person.is_back()


def a_consent_form_that_was_open_for_hours(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in()
    person.meanwhile(EXPIRE)
    person.meanwhile(SIGN_OUT_ELSEWHERE)
    person.press("Allow")
    person.press(f"Back to {NAME}")
    return person.is_back()


def the_back_button_after_the_answer(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in()
    person.press("Allow")
    assert person.answered()
    person.page.go_back()
    person.sees("This sign-in is over")
    person.press(f"Back to {NAME}")
    return person.is_back()


def the_back_button_after_the_password(person: Person) -> bool:
    """Whoever is signed in by now is led on by the sign-in page."""
    person.begin(prompt="consent")
    person.sign_in()
    expect(person.page.get_by_role("button", name="Allow", exact=True)).to_be_visible()
    person.page.go_back()
    person.press("Allow")
    return person.answered()


def another_person_than_the_application_expects(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in()
    person.begin(prompt="consent", login_hint=BOB)
    expect(person.page.locator("main")).to_contain_text(f"{NAME} expects {BOB} here.")
    person.press("Use another account You are signed out of this one first.")
    expect(person.page.get_by_label("Username or e-mail address")).to_have_value(BOB)
    person.press("Continue")
    person.prove()
    expect(person.page.locator("main")).to_contain_text(f"You are signed in as {BOB}.")
    person.press("Allow")
    return person.answered()


def another_person_in_a_second_tab(person: Person) -> bool:
    """What was asked of one person is no other's to do: the application is told."""
    person.begin(prompt="consent")
    person.sign_in()
    person.begin(prompt="login")
    tab = person.in_another_tab()
    tab.page.goto(f"{person.provider.issuer}/accounts/logout/")
    tab.press("Sign out")
    tab.page.goto(f"{person.provider.issuer}/accounts/login/")
    tab.sign_in(BOB)
    tab.sees("Your account")
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.press("Confirm")
    person.sees("This form is from before")
    person.press("Send it again")
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.press("Confirm")
    return person.answered(error="login_required")


def not_you(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in(BOB)
    person.press("Not you?")
    person.press("Use another account You are signed out of this one first.")
    person.sign_in()
    expect(person.page.locator("main")).to_contain_text(f"You are signed in as {USERNAME}.")
    person.press("Allow")
    return person.answered()


def a_refused_consent(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in()
    person.press("Do not allow")
    return person.answered(error="access_denied")


def an_account_that_is_switched_off(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in(SWITCHED_OFF)
    person.sees("This account is switched off")
    person.press("Use another account")
    person.sign_in()
    person.press("Allow")
    return person.answered()


def a_page_that_needs_a_right(person: Person) -> bool:
    """No application is waiting: who has the right goes on to the page itself."""
    person.begin(prompt="consent")
    person.sign_in(BOB)
    person.page.goto(f"{person.provider.issuer}/admin/")
    person.sees("No right to this page")
    person.press("Use another account")
    person.press("Sign out")
    person.sign_in()
    expect(person.page).to_have_title(re.compile("Site administration"))
    return True


def cookies_lost_before_the_password(person: Person) -> bool:
    person.begin()
    person.page.context.clear_cookies()
    person.say_who()
    person.press("Send it again")
    person.sees("This sign-in is over")
    person.press(f"Back to {NAME}")
    return person.is_back()


def cookies_lost_before_the_answer(person: Person) -> bool:
    person.begin(prompt="consent")
    person.sign_in()
    expect(person.page.get_by_role("button", name="Allow", exact=True)).to_be_visible()
    person.page.context.clear_cookies()
    person.press("Allow")
    person.press("Send it again")
    person.press(f"Back to {NAME}")
    return person.is_back()


def a_second_tab_that_signed_in_first(person: Person) -> bool:
    person.begin(prompt="consent")
    tab = person.in_another_tab()
    tab.begin(prompt="consent")
    tab.sign_in()
    tab.press("Allow")
    assert tab.answered()
    person.say_who()
    person.sees("This form is from before")
    person.press("Send it again")
    person.press("Allow")
    return person.answered()


def a_second_tab_that_signed_in_anew_before_the_answer(person: Person) -> bool:
    """The page showed what it showed to a session that is over: it is shown again."""
    person.begin(prompt="consent")
    person.sign_in()
    expect(person.page.get_by_role("button", name="Allow", exact=True)).to_be_visible()
    tab = person.in_another_tab()
    tab.page.goto(f"{person.provider.issuer}/accounts/logout/")
    tab.press("Sign out")
    tab.page.goto(f"{person.provider.issuer}/accounts/login/")
    tab.sign_in()
    tab.sees("Your account")
    person.press("Allow")
    person.press("Send it again")
    person.press("Allow")
    return person.answered()


def a_button_that_is_pressed_twice(person: Person) -> bool:
    person.begin(prompt="consent")
    person.say_who()
    person.prove(twice=True)
    person.press("Allow", twice=True)
    return person.answered()


def a_bookmark_of_the_sign_in_page(person: Person) -> bool:
    person.begin(prompt="consent")
    bookmark = person.page.url
    person.sign_in()
    person.press("Allow")
    assert person.answered()
    person.page.goto(bookmark)
    person.sees("This sign-in is over")
    person.press(f"Back to {NAME}")
    return person.is_back()


def an_address_that_nobody_is_led_to(person: Person) -> bool:
    """Whose mistake it is the page says: it is the application's."""
    person.begin(redirect_uri="https://elsewhere.example/")
    person.sees("This sign-in cannot go on")
    person.page.locator("main").get_by_role("link", name=f"Back to {NAME}").click()
    return person.is_back()


def a_sign_out_that_is_asked_for_and_confirmed(person: Person) -> bool:
    _asked_to_sign_out(person)
    person.press("Sign out")
    expect(person.page).to_have_url(f"{person.application}/signed-out")
    return True


def a_sign_out_that_is_asked_for_and_refused(person: Person) -> bool:
    _asked_to_sign_out(person)
    person.press("Stay signed in")
    return person.is_back()


def a_sign_out_that_is_confirmed_in_a_second_tab_too(person: Person) -> bool:
    _asked_to_sign_out(person)
    person.meanwhile(SIGN_OUT_ELSEWHERE)
    person.press("Sign out")
    person.sees("You are signed out")
    person.press(f"Go on to {NAME}")
    expect(person.page).to_have_url(f"{person.application}/signed-out")
    return True


def _asked_to_sign_out(person: Person) -> None:
    person.begin(prompt="consent")
    person.sign_in()
    person.press("Allow")
    assert person.answered()
    back = f"{person.application}/signed-out"
    person.page.goto(
        f"{person.provider.issuer}/oauth2/logout?client_id={person.client_id}&post_logout_redirect_uri={back}"
    )


INTERRUPTIONS: Mapping[str, Interrupted] = {
    name.replace("_", " "): value
    for name, value in list(globals().items())
    if getattr(value, "__annotations__", {}).get("return") is bool and not name.startswith("_")
}


@pytest.fixture(scope="module")
def application(provider: Cluster) -> Iterator[tuple[str, str]]:
    """Its address and its client_id."""
    provider.manage("shell", "-c", PEOPLE)
    with serving(Landing) as url:
        client_id = provider.client("web", NAME, f"{url}/callback")["client_id"]
        with psycopg.connect(provider.database_url, autocommit=True) as connection:
            metadata = f'{{"post_logout_redirect_uris": ["{url}/signed-out"]}}'
            connection.execute(
                "UPDATE tokens_client SET metadata = metadata || %s::jsonb WHERE client_id = %s", (metadata, client_id)
            )
        yield url, client_id


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_each_interruption_ends_at_the_application(
    provider: Cluster, application: tuple[str, str], new_page: Open, name: str, scripts: bool
) -> None:
    url, client_id = application
    person = Person(new_page(java_script_enabled=scripts), provider, client_id, url)
    person.meanwhile(FORGIVE)
    assert INTERRUPTIONS[name](person)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_account_page_says_that_its_sign_in_is_over_and_leads_on(
    provider: Cluster, application: tuple[str, str], new_page: Open, scripts: bool
) -> None:
    person = Person(new_page(java_script_enabled=scripts), provider, application[1], application[0])
    person.page.goto(f"{provider.issuer}/accounts/login/")
    person.sign_in()
    person.sees("Your account")
    person.meanwhile(SIGN_OUT_ELSEWHERE)
    person.press("Change your password")
    expect(person.page.get_by_role("status")).to_contain_text("Your sign-in in this browser is over")
    person.sign_in()
    person.sees("Change your password")
    person.press("Cancel")
    person.press("Sign out")
    person.sees("You are signed out")
