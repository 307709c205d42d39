"""A deployment that looks otherwise: its logo, its accent, its own templates, rules and language, in a browser."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from playwright.sync_api import expect

from tests.outside.browser.test_pages import LOOKS, PHONE
from tests.outside.browser.visit import Open, complaints, sees
from tests.servers.nodes import Cluster
from tests.servers.provider import live_provider
from tests.support.people import PASSWORD, USERNAME

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><style>rect { fill: #fc0 }</style>'
    '<rect width="90" height="30"/></svg>'
)
HOME = '{% extends "accounts/home.html" %}{% block footer %}Straße 1, 12345 Stadt{% endblock %}'


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder, own = tmp_path_factory.mktemp("branded"), tmp_path_factory.mktemp("own")
    (own / "logo.svg").write_text(SVG)
    (own / "templates/accounts").mkdir(parents=True)
    (own / "templates/accounts/home.html").write_text(HOME)
    (own / "pages.css").write_text("main { border-radius: 0; }")
    _esperanto(own / "locale/eo/LC_MESSAGES")
    told = {
        "IDP_BRAND": "Straße & Söhne",
        "IDP_BRAND_LOGO": str(own / "logo.svg"),
        "IDP_BRAND_ACCENT": "#ffcc00",
        "IDP_BRAND_FOLDER": str(own),
    }
    with live_provider(folder, nodes=1, **told) as started:
        yield started


def _esperanto(folder: Path) -> None:
    catalog, compiled = Catalog(locale="eo"), io.BytesIO()
    catalog.add("Sign in", "Ensaluti")
    write_mo(compiled, catalog)
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(compiled.getvalue())


@pytest.mark.parametrize("look", ["light", "dark"])
def test_logo_accent_and_rules_are_shown_and_can_be_read(provider: Cluster, new_page: Open, look: str) -> None:
    page = new_page(viewport=PHONE, **LOOKS[look])
    complained, loaded = complaints(page), list[str]()
    page.on("response", lambda one: loaded.append(one.url))
    page.goto(f"{provider.issuer}/accounts/login/", wait_until="networkidle")
    assert page.locator("header img").evaluate("e => [e.naturalWidth, e.clientHeight]") == [90, 32]
    assert page.locator("main").evaluate("e => getComputedStyle(e).borderRadius") == "0px"
    colour = page.get_by_role("button", name="Continue").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (colour == "rgb(255, 204, 0)") == (look == "dark"), "by day a darker shade of it is read"
    assert colour not in ("rgb(13, 106, 102)", "rgb(99, 203, 194)"), "ours"
    assert Axe().run(page).violations_count == 0
    assert (complained, len(loaded)) == ([], 4)


def test_a_template_of_ones_own_stands_in_the_place_of_ours(provider: Cluster, new_page: Open) -> None:
    page = new_page()
    page.goto(provider.issuer)
    expect(page.locator("footer")).to_have_text("Straße 1, 12345 Stadt")
    expect(page.locator("header bdi")).to_have_text("Straße & Söhne")


def test_a_language_of_ones_own_is_one_folder(provider: Cluster, new_page: Open) -> None:
    page = new_page(locale="eo")
    page.goto(f"{provider.issuer}/accounts/login/")
    sees(page, "Ensaluti")
    assert page.evaluate("document.documentElement.lang") == "eo"


def test_one_types_at_once_and_hears_of_caps_lock(provider: Cluster, new_page: Open) -> None:
    page = new_page()
    page.goto(f"{provider.issuer}/accounts/login/")
    expect(page.get_by_label("Username or e-mail address")).to_be_focused()
    page.keyboard.type(USERNAME)
    page.keyboard.press("Enter")
    field = page.get_by_label("Password", exact=True)
    expect(field).to_be_focused()
    field.dispatch_event("keydown", {"modifierCapsLock": True})
    expect(page.get_by_role("status")).to_have_text("Caps Lock is on.")
    field.dispatch_event("keyup", {"modifierCapsLock": False})
    expect(page.get_by_role("status")).to_have_text("")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    sees(page, "Your account")
