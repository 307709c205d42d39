"""The consent page in a browser, with and without scripts: what is new stands apart, a no leads back, and who could be
anybody is said to be."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.outside.browser.person import Person
from tests.outside.browser.visit import Landing, Open, serving
from tests.servers.loopback import answer
from tests.servers.loopback import serving as pictures
from tests.servers.nodes import Cluster
from tests.support.pictures import png

NAME = "An application"


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    with serving(Landing) as url:
        yield url


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def person(request: pytest.FixtureRequest, provider: Cluster, application: str, new_page: Open) -> Person:
    """Signed in, and asked by a client that they never heard of."""
    client_id = provider.client("web", NAME, f"{application}/callback")["client_id"]
    asked = Person(new_page(java_script_enabled=request.param), provider, client_id, application)
    asked.begin(scope="openid email")
    asked.sign_in()
    asked.sees(f"Allow {NAME}?")
    return asked


def test_what_is_new_stands_apart_from_what_was_allowed_before(person: Person) -> None:
    expect(person.page.get_by_role("heading", level=2)).to_have_count(0)
    person.press("Allow", twice=True)
    assert person.answered()
    person.begin(scope="openid email profile")
    titles = person.page.get_by_role("heading", level=2)
    expect(titles).to_have_text(["New", "You allowed this before"])
    new, known = person.page.get_by_role("list").all()
    expect(new.get_by_role("listitem")).to_have_text([re.compile("^See your name, user name")])
    expect(known.get_by_role("listitem")).to_have_text(["Know that you signed in here", "See your e-mail address"])


def test_a_no_leads_back_and_who_comes_back_to_the_page_is_led_on_to_the_application(person: Person) -> None:
    person.press("Do not allow")
    assert person.answered(error="access_denied")
    person.page.go_back()
    person.sees("This sign-in is over")
    person.press(f"Back to {NAME}")
    assert person.is_back()
    person.begin(scope="openid email")
    person.sees(f"Allow {NAME}?")


def test_a_logo_takes_the_place_of_our_mark_so_that_the_pages_stay_as_light(
    provider: Cluster, person: Person, application: str
) -> None:
    """Twelve kilobytes and four requests at the most, its own bytes beside them."""
    with pictures(answer(png(320, 120))) as server:
        arguments = ("web", "Shown", f"{application}/callback")
        client_id = provider.client(*arguments, more=("--logo-uri", server.url()))["client_id"]
    shown = Person(person.page, provider, client_id, application)
    devtools = person.page.context.new_cdp_session(person.page)
    devtools.send("Network.enable")
    arrived: list[int] = []
    devtools.on("Network.loadingFinished", lambda told: arrived.append(int(told["encodedDataLength"])))
    for forget in ("consent", "sign-in"):
        if forget == "sign-in":
            person.page.context.clear_cookies()
        devtools.send("Network.clearBrowserCache")
        shown.begin()
        logo = person.page.locator("img.logo")
        expect(logo).to_have_js_property("naturalWidth", 320)
        expect(person.page.locator("img")).to_have_count(1)
        person.page.wait_for_load_state("networkidle")
        assert len(arrived) <= 5, "the redirect, and the page"
        assert sum(arrived) <= 12_000 + len(png(320, 120)) + 1_000
        arrived.clear()


def test_who_could_be_any_program_on_the_device_is_said_to_be(
    provider: Cluster, person: Person, application: str
) -> None:
    client_id = provider.client("native", "An app", f"{application}/callback")["client_id"]
    app = Person(person.page, provider, client_id, application)
    for _ in range(2):
        app.begin()
        main = app.page.locator("main")
        expect(main).to_contain_text("a program on this device (127.0.0.1)")
        expect(main).to_contain_text("Nobody can check that this is An app")
        app.press("Allow")
        assert app.answered()
