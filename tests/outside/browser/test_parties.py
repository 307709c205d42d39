"""Relying parties that others wrote sign a person in in Chromium: by redirect, in a popup, silently; and out again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.outside.browser.places.place import make
from tests.outside.browser.visit import Open, add_app, allow, sign_in
from tests.outside.parties.programs import Installed, install, serving
from tests.servers.nodes import Cluster
from tests.support.people import EMAIL


@pytest.fixture
def client_ts(provider: Cluster) -> Installed:
    return install(provider, "oidc_client_ts")["oidc_client_ts"]


@pytest.fixture
def spa(client_ts: Installed, tmp_path: Path) -> Iterator[str]:
    """A single-page application made of oidc-client-ts: on another site than the provider's, as in life. Nobody has
    allowed it anything yet."""
    with serving(client_ts, tmp_path) as url:
        yield url


@pytest.fixture
def express(provider: Cluster, tmp_path: Path) -> Iterator[str]:
    name = "express_openid_connect"
    with serving(install(provider, name)[name], tmp_path) as url:
        yield url


def test_oidc_client_ts_signs_in_by_redirect_renews_revokes_and_signs_out(spa: str, new_page: Open) -> None:
    page = new_page()
    page.goto(spa)
    page.locator("#redirect").click()
    _agree(page)
    expect(_told(page)).to_contain_text("signed in: ")
    expect(page).to_have_url(f"{spa}/")
    page.locator("#renew").click()
    expect(_told(page)).to_contain_text("renewed: ")
    page.locator("#revoke").click()
    expect(_told(page)).to_have_text("revoked")
    page.locator("#leave").click()
    page.wait_for_url(f"{spa}/*")
    expect(_told(page)).to_have_text("not signed in")
    page.locator("#redirect").click()
    expect(page.get_by_label("Username or e-mail address")).to_be_visible()


def test_oidc_client_ts_signs_in_in_a_popup_that_closes_itself(spa: str, new_page: Open) -> None:
    page = new_page()
    page.goto(spa)
    with page.expect_popup() as opened:
        page.locator("#popup").click()
    popup = opened.value
    with popup.expect_event("close"):
        _agree(popup)
    expect(_told(page)).to_contain_text("signed in: ")


def test_a_popup_in_which_a_second_factor_is_added_closes_itself(
    provider: Cluster, client_ts: Installed, spa: str, new_page: Open
) -> None:
    """Each page on the way leaves it the window that opened it."""
    make(provider, "penny")
    provider.manage("clients", "set", client_ts.environ["CLIENT_ID"], "--second-factor-required")
    page = new_page()
    page.goto(spa)
    with page.expect_popup() as opened:
        page.locator("#popup").click()
    popup = opened.value
    sign_in(popup, name="penny")
    add_app(popup)
    popup.get_by_role("link", name="I have kept them").click()
    with popup.expect_event("close"):
        allow(popup)
    expect(_told(page)).to_contain_text("signed in: ")


def test_a_frame_of_another_site_is_told_login_required(spa: str, new_page: Open) -> None:
    """Browsers send no cookies there, so nobody is signed in: the application has to renew with its refresh token."""
    page = new_page()
    page.goto(spa)
    page.locator("#redirect").click()
    _agree(page)
    expect(_told(page)).to_contain_text("signed in: ")
    page.locator("#silent").click()
    expect(_told(page)).to_have_text("error: login_required")


def test_express_openid_connect_signs_in_and_out(express: str, new_page: Open) -> None:
    page = new_page()
    page.goto(express)
    _agree(page)
    page.wait_for_url(f"{express}/me")
    assert EMAIL in page.content()
    page.goto(f"{express}/logout")
    expect(page.get_by_label("Username or e-mail address")).to_be_visible()


def _agree(page: Page) -> None:
    sign_in(page)
    allow(page)


def _told(page: Page) -> Locator:
    return page.locator("#told")
