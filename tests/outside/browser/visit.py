"""What people do on the pages, and what a browser complains of."""

import socket
from urllib.parse import urlencode

from playwright.sync_api import Page

from idp.local.processes import LOOPBACK
from tests.servers.nodes import Cluster
from tests.servers.provider import PASSWORD, USERNAME

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Username or e-mail address").fill(USERNAME)
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


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def authorization_url(provider: Cluster, client_id: str, redirect_uri: str, **parameters: str) -> str:
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "openid profile email",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **parameters,
    }
    return f"{provider.issuer}/oauth2/authorize?{urlencode(query)}"


def is_open(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
