"""Snippets of what needs a real browser, run as they were shown, with Chromium, against a live provider."""

import json
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from idp.local.processes import running, start, wait_until
from tests.outside.connect.surroundings import PGADMIN_SERVER, STREAMLIT_SERVER, SYNAPSE_SERVER
from tests.outside.connect.test_snippets import SECONDS, answers, files_of, written
from tests.outside.connect.test_snippets import served as served_program
from tests.outside.parties.environment import environment
from tests.support.people import EMAIL, PASSWORD, USERNAME

OIDC_CLIENT_TS = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>An application</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {"oidc-client-ts": "/node_modules/oidc-client-ts/dist/esm/oidc-client-ts.js",
  "jwt-decode": "/node_modules/jwt-decode/build/esm/index.js"}}</script>
<script type="module" src="/app.mjs"></script>
"""
SWAGGER_UI = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>An API</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/node_modules/swagger-ui-dist/swagger-ui.css"><div id="swagger-ui"></div>
<script src="/node_modules/swagger-ui-dist/swagger-ui-bundle.js"></script><script src="swagger-initializer.js"></script>
"""
API = {"openapi": "3.0.3", "info": {"title": "An API", "version": "1"}, "paths": {}}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["TEST_CHROMIUM"], args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def served(folder: Path, name: str, port: int) -> Iterator[None]:
    """The folder as a site, with the packages of the environment below node_modules/."""
    (folder / "node_modules").symlink_to(environment(name).installed / "node_modules")
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    with running(start(command, environ=dict(os.environ), quiet=True)) as process:
        wait_until(lambda: answers(port), process, "the site")
        yield


def port_of(uri: str) -> int:
    port = urlsplit(uri).port
    assert port is not None
    return port


def sign_in(page: Page) -> None:
    page.get_by_label("Username or e-mail address").fill(USERNAME)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def allow(page: Page) -> None:
    page.get_by_role("button", name="Allow", exact=True).click()


def refuse(page: Page) -> None:
    """Does not allow it, which the application answers with no error of its own."""
    with page.expect_navigation() as came:
        page.get_by_role("button", name="Do not allow").click()
    assert came.value.status < 500


def test_a_single_page_application_knows_who_signed_in(
    tmp_path: Path, snippets: dict[str, str], redirect_uris: dict[str, str], chromium: Browser
) -> None:
    home = redirect_uris["oidc-client-ts"]
    (tmp_path / "index.html").write_text(OIDC_CLIENT_TS)
    (tmp_path / "app.mjs").write_text(files_of(snippets["oidc-client-ts"])["app.mjs"])
    with served(tmp_path, "oidc_client_ts", port_of(home)), chromium.new_context() as context:
        page = context.new_page()
        page.goto(home)
        sign_in(page)
        refuse(page)
        page.get_by_role("link", name="Try again").click()
        allow(page)
        page.wait_for_url(home)
        page.get_by_text(EMAIL).wait_for()


def test_swagger_ui_gets_a_token_in_a_popup(
    tmp_path: Path, snippets: dict[str, str], redirect_uris: dict[str, str], chromium: Browser
) -> None:
    shown, docs = files_of(snippets["swagger-ui"]), tmp_path / "docs"
    packages = environment("swagger_ui").installed / "node_modules/swagger-ui-dist"
    docs.mkdir()
    for name in ("oauth2-redirect.html", "oauth2-redirect.js"):
        shutil.copy(packages / name, docs)
    (docs / "index.html").write_text(SWAGGER_UI)
    (docs / "swagger-initializer.js").write_text(shown["swagger-initializer.js"])
    (tmp_path / "openapi.json").write_text(json.dumps({**API, **json.loads(shown["openapi.json"])}))
    uri = redirect_uris["swagger-ui"]
    with served(tmp_path, "swagger_ui", port_of(uri)), chromium.new_context() as context:
        page = context.new_page()
        page.goto(uri.replace("oauth2-redirect.html", "index.html"))
        # Opened before the discovery document was read, its dialog stays empty until it is opened again.
        page.wait_for_function("ui.authSelectors.definitionsToAuthorize()?.size > 0")
        page.get_by_role("button", name="Authorize").click()
        way = page.locator(".auth-container").filter(has_text=re.compile("authorization_code|authorizationCode"))
        begin = way.get_by_role("button", name=re.compile("Authorize|Apply")).first
        with page.expect_popup() as popup:
            begin.click()
        sign_in(popup.value)
        popup.value.get_by_role("button", name="Do not allow").click()
        way.get_by_text("access_denied").wait_for()
        with page.expect_popup() as popup:
            begin.click()
        allow(popup.value)
        way.get_by_role("button", name=re.compile("Logout|Remove")).wait_for()


def test_synapse_knows_who_signed_in(
    tmp_path: Path, snippets: dict[str, str], redirect_uris: dict[str, str], chromium: Browser
) -> None:
    uri = urlsplit(redirect_uris["synapse"])
    port = port_of(redirect_uris["synapse"])
    program = written(snippets["synapse"], SYNAPSE_SERVER, tmp_path, port)
    with served_program(program, SYNAPSE_SERVER, port), chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{uri.scheme}://{uri.netloc}{SYNAPSE_SERVER.home}")
        sign_in(page)
        refuse(page)
        page.goto(f"{uri.scheme}://{uri.netloc}{SYNAPSE_SERVER.home}")
        allow(page)
        page.get_by_text(f"@{USERNAME}:example.org").first.wait_for()


def test_streamlit_knows_who_signed_in(
    tmp_path: Path, snippets: dict[str, str], redirect_uris: dict[str, str], chromium: Browser
) -> None:
    port = port_of(redirect_uris["streamlit"])
    program = written(snippets["streamlit"], STREAMLIT_SERVER, tmp_path, port)
    with served_program(program, STREAMLIT_SERVER, port), chromium.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.goto(f"http://127.0.0.1:{port}/")
        page.get_by_role("button", name="Sign in").click()
        sign_in(page)
        refuse(page)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Continue as").click()
        allow(page)
        page.wait_for_url(f"http://127.0.0.1:{port}/")
        page.get_by_text(EMAIL).wait_for()


def test_pgadmin_makes_an_account_for_who_signed_in(
    tmp_path: Path, snippets: dict[str, str], redirect_uris: dict[str, str], chromium: Browser
) -> None:
    port = port_of(redirect_uris["pgadmin"])
    program = written(snippets["pgadmin"], PGADMIN_SERVER, tmp_path, port)
    with served_program(program, PGADMIN_SERVER, port), chromium.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.goto(f"http://127.0.0.1:{port}/login")
        page.get_by_role("button", name="Login with Avouch").click()
        sign_in(page)
        allow(page)
        page.wait_for_url(f"http://127.0.0.1:{port}/browser/", wait_until="commit")
    with closing(sqlite3.connect(tmp_path / "data" / "pgadmin4.db")) as kept:
        assert kept.execute("SELECT email, auth_source FROM user WHERE email = ?", [EMAIL]).fetchall() == [
            (EMAIL, "oauth2")
        ]
