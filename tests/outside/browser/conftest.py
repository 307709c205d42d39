"""Chromium, a live provider, and the relying parties that people come from."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from idp.local import command_lines
from idp.local.processes import LOOPBACK, free_port, running, start, wait_until
from tests.outside.browser.visit import Landing, Open, is_open, onward, serving
from tests.servers.nodes import Cluster
from tests.servers.provider import live_provider

TIMEOUT = 15_000
"""Milliseconds until who waits for something in a page gives up."""
expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("browser")
    told = {"IDP_MAIL_FOLDER": str(folder / "mail"), "IDP_ACCOUNTS_SIGN_UP": "open"}
    with live_provider(folder, nodes=1, **told) as started:
        yield started


@pytest.fixture(scope="session")
def demo(provider: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo's address: on another site than the provider's, as in life."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    back = ("--post-logout-redirect-uri", f"{url}/")
    client = provider.client("web", "Demo application", f"{url}/callback", more=back)
    told = {
        "DEMO_ISSUER": provider.issuer,
        "DEMO_CLIENT_ID": client["client_id"],
        "DEMO_CLIENT_SECRET": client["client_secret"],
        "DEMO_PORT": str(port),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    environ = command_lines.with_root({**inherited, **told})
    with running(start([sys.executable, "-m", "idp.local.demo"], environ=environ)) as process:
        wait_until(lambda: is_open(port), process, "the demo")
        yield url


@pytest.fixture(scope="session")
def third_origin() -> Iterator[str]:
    """Where a client sends people on to."""

    with serving(Landing) as url:
        yield f"{url}/landing"


@pytest.fixture(scope="session")
def onward_client(third_origin: str) -> Iterator[str]:
    """The callback of a client that redirects on to a third origin."""

    with serving(onward(third_origin)) as url:
        yield f"{url}/callback"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For a file, and not for the whole session: Playwright's event loop in this thread keeps Django from its
    database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["TEST_CHROMIUM"], args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Open]:
    """A page in a browser of its own, without cookies or cache, that opens as `options` of Browser.new_context say."""
    contexts: list[BrowserContext] = []

    def opened(**options: Any) -> Page:
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(TIMEOUT)
        return page

    yield opened
    for context in contexts:
        context.close()
