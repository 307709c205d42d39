"""The admin's lists of more than one page, and a field that offers as many: on a phone, in every look, under a pointer
and on a keyboard."""

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from playwright.sync_api import Browser, Locator, Page

from accounts.models import PeopleGroup
from tests.admin.many_rows import fill
from tests.outside.browser.visit import Open, sign_in
from tests.servers.nodes import Cluster
from tokens.admin.forms.boxes import SHOWN
from tokens.models import Resource

PHONE, DESK = {"width": 320, "height": 640}, {"width": 1280, "height": 800}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}
GROUPS = "/admin/accounts/peoplegroup/"
ROWS = 250
"""Three pages."""


@pytest.fixture(scope="module")
def cookies(provider: Cluster, chromium: Browser) -> Any:
    with psycopg.connect(provider.database_url, autocommit=True) as connection:
        fill(lambda statement: connection.execute(statement.encode()), ROWS, PeopleGroup, Resource)
        connection.execute(b"UPDATE tokens_resource SET scope = 'read' WHERE name = 'An API'")
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{provider.issuer}{GROUPS}")
        sign_in(page)
        page.get_by_role("heading", level=1).wait_for()
        return context.storage_state()


def bar(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Pages of the list")


def link(page: Page, text: str) -> Locator:
    return bar(page).get_by_role("link", name=text, exact=True)


def test_no_list_scrolls_sideways_on_a_phone(provider: Cluster, cookies: Any, new_page: Open) -> None:
    page = new_page(storage_state=cookies, viewport=PHONE)
    for model in admin.site._registry:
        page.goto(f"{provider.issuer}/admin/{model._meta.app_label}/{model._meta.model_name}/")
        assert bar(page).is_visible(), model
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], model


@pytest.mark.parametrize("look", LOOKS)
def test_the_way_to_other_pages_fits_a_phone_and_shows_where_one_is(
    provider: Cluster, cookies: Any, new_page: Open, look: str
) -> None:
    page = new_page(storage_state=cookies, viewport=PHONE, **LOOKS[look])
    page.goto(f"{provider.issuer}{GROUPS}")
    link(page, "Next").click()
    page.wait_for_url("**after=*")
    assert bar(page).get_by_role("link").all_inner_texts() == ["First", "Previous", "Next", "Last"]
    for each in bar(page).locator("a, span").all():
        box = each.bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= PHONE["width"], box["height"] >= 22) == (True, True, True)
    for each in bar(page).get_by_role("link").all():
        page.keyboard.press("Tab")
        each.focus()
        style = each.evaluate("e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).borderTopStyle]")
        assert style == ["solid", "solid"]
        assert Axe().run(page, context="nav.keyed").response["violations"] == []


def test_a_way_keeps_its_place_from_page_to_page_and_leads_nowhere_at_the_ends(
    provider: Cluster, cookies: Any, new_page: Open
) -> None:
    page = new_page(storage_state=cookies, viewport=DESK)
    page.goto(f"{provider.issuer}{GROUPS}")
    place = link(page, "Next").bounding_box()
    assert place is not None
    assert [link(page, text).get_attribute("href") for text in ("First", "Previous")] == [None, None]
    assert [link(page, text).is_disabled() for text in ("First", "Previous", "Next")] == [True, True, False]
    link(page, "Next").click()
    page.wait_for_url("**after=*")
    now = link(page, "Next").bounding_box()
    assert now is not None
    assert now["x"] == place["x"]
    link(page, "Last").click()
    page.wait_for_url("**before=*")
    assert [link(page, text).is_disabled() for text in ("First", "Previous")] == [False, False]
    assert [link(page, text).get_attribute("href") for text in ("Next", "Last")] == [None, None]


def test_a_client_that_is_offered_many_resources_is_saved_without_scrolling_past_them(
    provider: Cluster, cookies: Any, new_page: Open
) -> None:
    page = new_page(storage_state=cookies, viewport=PHONE)
    page.goto(f"{provider.issuer}/admin/tokens/client/add/")
    scopes = page.locator("#id_scope")
    assert SHOWN < scopes.get_by_role("checkbox").count() < ROWS
    last = scopes.get_by_role("checkbox").last
    last.check()
    assert last.is_checked()
    page.get_by_label("Scopes of other resources").fill("https://api.example/#read")
    assert page.evaluate("document.documentElement.scrollHeight") < 5 * PHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_list_of_one_page_has_no_way_to_others(provider: Cluster, cookies: Any, new_page: Open) -> None:
    page = new_page(storage_state=cookies)
    page.goto(f"{provider.issuer}/admin/tokens/resource/?q=nothing")
    assert bar(page).get_by_role("link").count() == 0
    assert "0 resources" in bar(page).inner_text()
