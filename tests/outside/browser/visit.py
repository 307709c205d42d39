"""What people do on the pages, and what a browser complains of."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from idp.local.processes import LOOPBACK
from tests.servers.nodes import Cluster
from tests.support.messages import AUTHORIZE, Registered, authorization_request
from tests.support.people import PASSWORD, USERNAME

Open = Callable[..., Page]
"""Opens a page in a browser of its own."""


def sign_in(page: Page, password: str = PASSWORD, name: str = USERNAME) -> None:
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def confirm(page: Page) -> None:
    """On the page that asks for the password again."""
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def allow(page: Page) -> None:
    page.get_by_role("button", name="Allow", exact=True).click()


def complaints(page: Page) -> list[str]:
    """Fills with what the browser writes to its console and with scripts' errors, from now on."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def sees(page: Page, title: str) -> None:
    """A click is over when the answer to it begins: what the page says is waited for and never read at once."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def authorization_url(provider: Cluster, client_id: str, redirect_uri: str, **parameters: str | None) -> str:
    query = authorization_request(Registered(client_id, redirect_uri=redirect_uri), **parameters)
    return f"{provider.issuer}{AUTHORIZE}?{urlencode(query)}"


def is_open(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


class Landing(Quiet):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(
            b"<!doctype html><html lang='en'><title>Landed</title><link rel='icon' href='data:,'><p>Landed"
        )


def onward(location: str) -> type[BaseHTTPRequestHandler]:
    """Sends everybody on to `location`."""

    class Onward(Quiet):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", location)
            self.end_headers()

    return Onward


@contextlib.contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer((LOOPBACK, 0), handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{listening.server_port}"
        listening.shutdown()
