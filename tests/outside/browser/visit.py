"""What people do on the pages, and what a browser complains of."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pyotp
from playwright.sync_api import Page, expect

from idp.local.processes import LOOPBACK
from tests.servers.nodes import Cluster
from tests.support.messages import AUTHORIZE, Registered, authorization_request
from tests.support.people import PASSWORD, USERNAME

Open = Callable[..., Page]
"""Opens a page in a browser of its own."""


READ = """
from accounts.mail.message import message_of
from accounts.models import Mail
row = Mail.objects.filter(kind="{kind}").latest("created")
print(message_of(row).get_body(("plain",)).get_content().split("    ")[1].split("\\n")[0])
"""
GIVE = """
from accounts.factors import recovery, totp
from accounts.ground import clock
from accounts.models import User
person = User.objects.get(username="{name}")
totp.add(person, "{secret}", clock.now())
print(*recovery.renew(person))
"""


def sign_in(page: Page, password: str = PASSWORD, name: str = USERNAME) -> None:
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_role("button", name="Continue").click()
    prove(page, password)


def prove(page: Page, password: str = PASSWORD) -> None:
    """Where the page has the name already."""
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def confirm(page: Page) -> None:
    """On the page that asks for the password again."""
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def mailed_code(provider: Cluster, kind: str) -> str:
    """Of the last mail of the kind."""
    return provider.manage("shell", "-v", "0", "-c", READ.format(kind=kind)).strip()


def give_app(provider: Cluster, name: str) -> tuple[str, list[str]]:
    """Somebody's authenticator app, added without a page: its secret, and the recovery codes."""
    secret = pyotp.random_base32()
    return secret, provider.manage("shell", "-v", "0", "-c", GIVE.format(name=name, secret=secret)).split()


def allow(page: Page) -> None:
    page.get_by_role("button", name="Allow", exact=True).click()


def complaints(page: Page) -> list[str]:
    """Fills with what the browser writes to its console and with scripts' errors, from now on."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def show(secret: str, step: int) -> str:
    """What the app shows so many steps from now: each is good once."""
    return pyotp.TOTP(secret).at(datetime.now(UTC), counter_offset=step)


def add_app(page: Page) -> tuple[str, str, list[str]]:
    """The secret of the page that adds one, the code that was typed, and the recovery codes."""
    sees(page, "Add an authenticator app")
    expect(page.locator("svg")).to_be_visible()
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    shown = show(secret, 0)
    page.get_by_label("The six digits that it shows now").fill(shown)
    page.get_by_role("button", name="Add the app").click()
    sees(page, "Keep these recovery codes")
    return secret, shown, page.locator(".codes code").all_inner_texts()


def enter(page: Page, code: str, label: str = "Code from your app") -> None:
    page.get_by_label(label, exact=True).fill(code)
    page.get_by_role("button", name="Confirm").click()


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
