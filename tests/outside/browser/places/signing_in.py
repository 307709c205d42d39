"""Where people sign in, and what keeps them from it."""

from playwright.sync_api import Browser, Page, expect

from tests.outside.browser.places.place import SUBMIT, Place, Places, execute
from tests.outside.browser.visit import authorization_url, enter, give_app, sees, show, sign_in
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE
from tests.support.people import PASSWORD

NAMES = {
    "sign-in": "accounts/sign_in.html",
    "sign-in, the password": "accounts/sign_in.html",
    "sign-in to an application, the password": "accounts/sign_in.html",
    "sign-in where others were": "accounts/sign_in.html",
    "too many wrong passwords": "accounts/sign_in.html",
    "a form from before": "accounts/kept.html",
    "an account that is switched off": "accounts/switched_off.html",
    "second step": "accounts/second_step.html",
    "recovery code in its place": "accounts/second_step.html",
    "a second step that is over": "accounts/second_step_over.html",
    "second step again": "accounts/step_up.html",
    "an app": "accounts/authenticator.html",
    "recovery codes": "accounts/recovery_codes.html",
    "recovery codes, shown": "accounts/recovery_codes_shown.html",
}
"""The template of each place."""
REMEMBERED = ("ada", "a-name-that-is-as-long-as-few-are@example.com")
WITH_APP = "zoe"
PEOPLE = (WITH_APP, *REMEMBERED)
NEWCOMER, GUESSED = "somebody-with-quite-a-long-name@example.com", "somebody-whose-password-is-guessed@example.com"
THROTTLED = "UPDATE accounts_throttle SET failures = 30, again = now() + interval '40 minutes' WHERE account <> ''"
FORGIVEN = "DELETE FROM accounts_throttle"


def places(provider: Cluster, chromium: Browser, client_id: str) -> Places:
    login = f"{provider.issuer}/accounts/login/"
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(authorization_url(provider, client_id, NOWHERE))
        name = Place(page.url, context.storage_state())
        _say_who(page, NEWCOMER)
        password = Place(page.url, context.storage_state())
    return {
        "sign-in": name,
        "sign-in to an application, the password": password,
        "sign-in where others were": Place(login, _remembered(provider, chromium)),
        **_throttled(provider, chromium),
        "a form from before": Place(login, do=_send_without_cookies, status=403),
        "an account that is switched off": Place(f"{provider.issuer}/accounts/inactive/", status=403),
        "a second step that is over": Place(f"{provider.issuer}/accounts/second-step/?sign_in=x", status=410),
        **_with_second_factor(provider, chromium),
    }


def _say_who(page: Page, name: str) -> None:
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()


def _remembered(provider: Cluster, chromium: Browser) -> object:
    """The cookies of a browser in which two people signed in, and out."""
    with chromium.new_context() as context:
        page = context.new_page()
        for name in REMEMBERED:
            page.goto(f"{provider.issuer}/accounts/login/")
            _say_who(page, name)
            page.get_by_label("Keep me signed in").check()
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            sees(page, "Your account")
            page.get_by_role("button", name="Sign out").click()
            sees(page, "You are signed out")
        return context.storage_state()


def _throttled(provider: Cluster, chromium: Browser) -> Places:
    """What is typed there is not judged, and so is not counted."""
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{provider.issuer}/accounts/login/")
        _say_who(page, GUESSED)
        first = Place(page.url, context.storage_state())
        execute(provider, FORGIVEN)
        _enter(page)
        expect(page.get_by_role("alert")).to_be_visible()
        execute(provider, THROTTLED)
    return {
        "sign-in, the password": first,
        "too many wrong passwords": Place(first.url, first.cookies, status=429, do=_enter),
    }


def _enter(page: Page) -> None:
    page.locator("[name=password]").fill("not the password of anybody")
    page.locator(SUBMIT).first.click()


def _send_without_cookies(page: Page) -> None:
    page.context.clear_cookies()
    page.locator("[name=login]").fill(NEWCOMER)
    page.locator(SUBMIT).first.click()


def _with_second_factor(provider: Cluster, chromium: Browser) -> Places:
    """What somebody sees who has an authenticator app: on the way in, and inside."""
    secret, kept = give_app(provider, WITH_APP)
    with chromium.new_context() as waits, chromium.new_context() as context:
        for each in (waits, context):
            page = each.new_page()
            page.goto(f"{provider.issuer}/accounts/login/")
            sign_in(page, name=WITH_APP)
            sees(page, "Confirm that it is you")
        waiting, begun = waits.pages[0].url, waits.storage_state()
        enter(page, show(secret, 0))
        sees(page, "Your account")
        inside = context.storage_state()
    accounts = f"{provider.issuer}/accounts"
    codes = f"{accounts}/recovery-codes/"
    return {
        "second step": Place(waiting, begun),
        "recovery code in its place": Place(f"{waiting}&recovery=1", begun),
        "second step again": Place(f"{accounts}/step-up/?next=/", inside),
        "an app": Place(f"{accounts}/authenticator/", inside),
        "recovery codes": Place(codes, inside),
        "recovery codes, shown": Place(codes, inside, do=_Renewed(kept).again),
    }


class _Renewed:
    """Recovery codes, of which the first one makes new ones."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = codes

    def again(self, page: Page) -> None:
        page.locator("[name=code]").fill(self.codes[0])
        page.locator(SUBMIT).first.click()
        page.locator(".codes").wait_for()
        self.codes = page.locator(".codes code").all_inner_texts()
