"""A page that people meet: where it is, in whose browser, and what they do to see it."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from playwright.sync_api import Browser, Page, Response

from tests.outside.browser.visit import Open, sees, sign_in
from tests.servers.nodes import Cluster
from tests.support.people import PASSWORD

OUR_SCRIPT = "**/form_post*.js"
"""What would send the one page on before anybody saw it."""
SUBMIT = "main form .actions button:not([type=button])"
"""The button of a form, in whatever language."""
LONGEST = 2400
"""Dots of a picture: the one page that is longer is a list."""
LONG_NAME = "somebody-with-quite-a-long-name"


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and the cookies of a browser that may see it."""

    url: str
    cookies: Any = None
    status: int = 200
    moves_on: bool = False
    """By OUR_SCRIPT: shown as it is without it."""
    do: Callable[[Page], None] | None = None
    """What is done at `url`, in whatever language and as often as one likes: what answers it is the place."""

    @property
    def origin(self) -> str:
        return "/".join(self.url.split("/")[:3])


Places = Mapping[str, Place]
Until = Literal["load", "networkidle"]


def arrive(page: Page, place: Place, until: Until = "load") -> Response:
    """The answer that is the place."""
    response = page.goto(place.url, wait_until=until)
    if place.do is not None:
        with page.expect_navigation(wait_until=until) as arrived:
            place.do(page)
        response = arrived.value
    assert response is not None
    return response


def opened(new_page: Open, place: Place, **options: Any) -> Page:
    page = new_page(storage_state=place.cookies, **options)
    if place.moves_on:
        page.route(OUR_SCRIPT, lambda route: route.abort())
    arrive(page, place)
    return page


def shoot(page: Page, name: str, look: str) -> None:
    """Keeps the page as a picture where TEST_SCREENSHOTS names a folder: the light one is the page's own."""
    if folder := os.environ.get("TEST_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        page.screenshot(
            path=Path(folder) / f"{file_of(name)}{'' if look == 'light' else f'.{file_of(look)}'}.png",
            full_page=True,
            clip={"x": 0, "y": 0, "width": width, "height": min(height, LONGEST)},
        )


def file_of(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


@contextlib.contextmanager
def somebody(provider: Cluster, chromium: Browser, name: str, **options: Any) -> Iterator[Page]:
    """A page in a browser of their own, in which they signed in. `options`: of Browser.new_context."""
    with chromium.new_context(**options) as context:
        page = context.new_page()
        page.goto(f"{provider.issuer}/accounts/login/")
        sign_in(page, name=name)
        sees(page, "Your account")
        yield page


def make(provider: Cluster, *names: str) -> None:
    """People, whose password is everybody's; an address that is a name is theirs, and proven."""
    shell(
        provider,
        f"from accounts.models import User\nfor name in {names!r}: User.objects.create_user("
        f"name, name if '@' in name else '', {PASSWORD!r}, email_verified='@' in name)",
    )


def execute(provider: Cluster, statement: str, *values: object) -> None:
    with psycopg.connect(provider.database_url, autocommit=True) as connection:
        connection.execute(statement.encode(), values or None)


def shell(provider: Cluster, program: str) -> str:
    """What it printed."""
    return provider.manage("shell", "-v", "0", "-c", program).strip()
