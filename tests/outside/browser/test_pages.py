"""Every page that people meet: accessible in light, dark and right to left, fits a phone, light of weight, quiet."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from tests.outside.browser.places import NAMES, places
from tests.outside.browser.places.place import OUR_SCRIPT, Places, arrive, file_of, opened, shoot
from tests.outside.browser.visit import Open, complaints, sign_in

__all__ = ["places"]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "right to left": {"color_scheme": "light", "locale": "ar"},
}
SAID = """() => {
  const others = "bdi, code, [lang=en], .unseen, script, style";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [document.title.replace(/\u2068.*?\u2069/g, "")];
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(others)) texts.push(walk.currentNode.data);
  const said = "aria-label alt placeholder data-show data-hide data-caps data-failed data-there".split(" ");
  for (const name of said)
    for (const element of document.querySelectorAll(`[${name}]`)) texts.push(element.getAttribute(name));
  return texts;
}"""
"""All that a page says in its own words: what others wrote stands in an element that says so."""
NAMES_EVERYWHERE = {"UTC", "PIN", "JavaScript"}
"""They are the same in every language."""
ENDS = """code => {
  code.textContent = "12345-abcde";
  return [0, 10].map(place => {
    const letter = document.createRange();
    letter.setStart(code.firstChild, place);
    letter.setEnd(code.firstChild, place + 1);
    return letter.getBoundingClientRect().left;
  });
}"""
"""Where the first and the last letter of such a code stand."""
PHONE = {"width": 320, "height": 640}
MAX_BYTES, MAX_REQUESTS = 50_000, 4
PICTURES = Path(__file__).parents[3] / "docs/pages"


def latin(page: Page) -> set[str]:
    """Words in Latin letters that a page in Arabic says and nobody else wrote."""
    return set(re.findall(r"[A-Za-z][A-Za-z-]+", " ".join(page.evaluate(SAID)))) - NAMES_EVERYWHERE


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_nothing_scrolls_sideways_and_all_is_translated(
    places: Places, new_page: Open, name: str
) -> None:
    page = None
    for look, options in LOOKS.items():
        direction = "rtl" if look == "right to left" else "ltr"
        if page is None or direction == "rtl":
            page = opened(new_page, places[name], viewport=PHONE, **options)
        else:  # night comes to a page that is open; colours that fade would be judged half way
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert page.evaluate("document.documentElement.dir") == direction
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], look
        if direction == "rtl":
            assert latin(page) == set(), "what is ours is in Arabic"
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
        assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == [], look
        shoot(page, name, look)
    page = opened(new_page, places[name], viewport=PHONE, locale="de")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "German words are long"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_light_and_the_browser_has_nothing_to_complain_of(places: Places, new_page: Open, name: str) -> None:
    place = places[name]
    page = new_page(storage_state=place.cookies)
    if place.moves_on:
        page.route(OUR_SCRIPT, lambda route: route.fulfill(body="", content_type="text/javascript"))
    complained = complaints(page)
    loaded: dict[str, Response] = {}
    page.on("request", lambda one: loaded.clear() if one.is_navigation_request() and not one.redirected_from else None)
    page.on("response", lambda one: loaded.update({one.url: one}))
    assert arrive(page, place, "networkidle").status == place.status
    assert all(url.startswith(place.origin) for url in loaded)
    assert len(loaded) <= MAX_REQUESTS, list(loaded)
    assert sum(len(one.body()) for one in loaded.values()) < MAX_BYTES
    assert [line for line in complained if f"status of {place.status}" not in line] == []


def test_a_refused_password_is_told_accessibly(places: Places, new_page: Open) -> None:
    page = opened(new_page, places["sign-in"], viewport=PHONE)
    sign_in(page, "not the password of anybody")
    page.get_by_role("alert").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert Axe().run(page).violations_count == 0


def test_every_control_is_large_enough_to_touch_and_shows_its_focus(places: Places, new_page: Open) -> None:
    """WCAG 2.2: 2.5.8 Target Size, 2.4.7 Focus Visible."""
    for name in NAMES:
        page = opened(new_page, places[name], viewport=PHONE)
        # The user name that a password manager reads beside a new password is for no person.
        controls = "button:visible, input:visible:not([aria-hidden]), a.button:visible, summary"
        for control in page.locator("main").locator(controls).all():
            box = control.bounding_box()
            assert box is not None
            checkbox = control.get_attribute("type") == "checkbox"
            assert min(box["width"], box["height"]) >= (16 if checkbox else 24), (name, box)
            control.focus()
            page.keyboard.press("Shift+Tab")
            page.keyboard.press("Tab")
            shown = control.evaluate("e => getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow")
            assert shown != "nonenone", name


def test_a_code_is_read_from_left_to_right_in_arabic_though_half_of_it_is_digits(
    places: Places, new_page: Open
) -> None:
    page = opened(new_page, places["recovery codes, shown"], locale="ar")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    first, last = page.locator(".codes code").first.evaluate(ENDS)
    assert first < last


def test_the_documents_show_every_page() -> None:
    """`TEST_SCREENSHOTS=docs/pages` before the command of these tests makes the pictures."""
    shown = {path.stem for path in PICTURES.glob("*.png") if "." not in path.stem}
    assert shown == {file_of(name) for name in NAMES}
    text = (PICTURES / "README.md").read_text()
    assert [name for name in NAMES if f"]({file_of(name)}.png)" not in text] == []
