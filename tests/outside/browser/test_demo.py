"""A person in Chromium signs in at the demo, with scripts and without."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.outside.browser.visit import Open, allow, complaints, confirm, sees, sign_in
from tests.support.people import EMAIL, USERNAME

SIGNED_IN = "You are signed in"
UNKNOWN = "It knows nothing of you yet."


def from_the_demo(page: Page, demo: str) -> None:
    """Up to the demo's claims; the demo asks again each time, so that every test meets the consent page."""
    page.goto(f"{demo}/login?prompt=consent")
    sign_in(page)
    allow(page)
    sees(page, SIGNED_IN)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_person_signs_in_from_the_demo_and_it_shows_their_claims(demo: str, new_page: Open, scripts: bool) -> None:
    page = new_page(java_script_enabled=scripts)
    complained = complaints(page)
    page.goto(demo)
    page.get_by_role("link", name="Sign in with Avouch").click()
    sees(page, "Sign in")
    expect(page.get_by_text("to continue to Demo application")).to_be_visible()
    sign_in(page)
    if _either(page.get_by_role("button", name="Allow", exact=True), page.get_by_role("heading", name=SIGNED_IN)):
        allow(page)
    sees(page, SIGNED_IN)
    assert page.url == f"{demo}/"
    assert _claim(page, "preferred_username") == USERNAME
    assert _claim(page, "email") == EMAIL
    assert _claim(page, "amr") == '["pwd"]'
    assert complained == []


def test_a_no_is_told_in_plain_words(demo: str, new_page: Open) -> None:
    page = new_page()
    page.goto(f"{demo}/login?prompt=consent")
    sign_in(page)
    page.get_by_role("button", name="Do not allow").click()
    expect(page.get_by_text("You did not allow it.")).to_be_visible()
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("You are not signed in")


@pytest.mark.covers("S16 login", "S16 auth_time")
def test_prompt_login_asks_for_the_password_again_and_moves_auth_time(demo: str, new_page: Open) -> None:
    page = new_page()
    from_the_demo(page, demo)
    first = int(_claim(page, "auth_time"))
    page.wait_for_timeout(1100)
    page.get_by_role("link", name="Ask for the password again").click()
    sees(page, "Confirm that it is you")
    confirm(page)
    sees(page, SIGNED_IN)
    assert int(_claim(page, "auth_time")) > first


def test_a_sign_out_from_the_demo_ends_the_sign_in_at_the_provider(demo: str, new_page: Open) -> None:
    page = new_page()
    from_the_demo(page, demo)
    page.get_by_role("link", name="Sign out, here and at Avouch").click()
    onward, unknown = page.get_by_role("link", name="Go on to Demo application"), page.get_by_text(UNKNOWN)
    if _either(onward, unknown):
        onward.click()
    expect(unknown).to_be_visible()
    page.goto(f"{demo}/login?prompt=none")
    expect(page.get_by_text("You would have to sign in first.")).to_be_visible()


def test_the_back_button_after_it_is_done_leads_to_a_page_that_helps(demo: str, new_page: Open) -> None:
    page = new_page()
    complained = complaints(page)
    from_the_demo(page, demo)
    back = page.get_by_role("link", name="Back to Demo application")
    for _ in range(2):
        page.go_back()
        sees(page, "This sign-in is over")
        expect(page.get_by_text("It was completed already")).to_be_visible()
        expect(back).to_be_visible()
    back.click()
    expect(page).to_have_url(f"{demo}/")
    assert [line for line in complained if "status of 400" not in line] == []


def test_the_demo_refuses_an_answer_that_it_did_not_ask_for(demo: str, new_page: Open) -> None:
    page = new_page()
    page.goto(f"{demo}/callback?code=x&state=y&iss=z")
    expect(page.get_by_text("belongs to no sign-in that was begun in this browser")).to_be_visible()


def test_the_demo_refuses_an_answer_of_another_issuer(demo: str, new_page: Open) -> None:
    """RFC 9207: the mix-up attack."""
    page = new_page()
    begun = page.request.get(f"{demo}/login", max_redirects=0)
    state = begun.headers["location"].partition("state=")[2].partition("&")[0]
    page.goto(f"{demo}/callback?code=x&state={state}&iss=https%3A%2F%2Fother.example")
    expect(page.get_by_text("came from another server than the one that was asked")).to_be_visible()


def _either(first: Locator, second: Locator) -> bool:
    """Whether it is the first, once one of the two is there."""
    expect(first.or_(second)).to_be_visible()
    return first.is_visible()


def _claim(page: Page, name: str) -> str:
    """In the ID token, or else in userinfo."""
    return page.locator("dt", has_text=re.compile(f"^{name}$")).first.locator("+ dd").inner_text()
