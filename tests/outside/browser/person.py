"""Somebody on the way from an application through our pages, and what happens elsewhere meanwhile."""

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from playwright.sync_api import Page, expect

from tests.outside.browser.visit import authorization_url, sees
from tests.servers.nodes import Cluster
from tests.support.people import PASSWORD, USERNAME

AWAY = "Back in a moment"
WAIT = 60.0
"""Seconds until who presses a button again and again gives up."""
BLAME = re.compile(r"mistake|made a request that|must accept|has to mend|You may not")


@dataclass(frozen=True, slots=True)
class Person:
    """In front of one tab of a browser. What they press stands in the page's `main`."""

    page: Page
    provider: Cluster
    client_id: str
    application: str

    def begin(self, redirect_uri: str | None = None, **parameters: str | None) -> None:
        callback = redirect_uri or f"{self.application}/callback"
        self.page.goto(authorization_url(self.provider, self.client_id, callback, **parameters))

    def sign_in(self, name: str | None = USERNAME, password: str = PASSWORD, *, who: str = USERNAME) -> None:
        """`name`: None where the page has it already, as `who`."""
        if name is not None:
            expect(self.page.get_by_label("Username or e-mail address")).to_have_value("")
            self.say_who(name)
        expect(self.page.locator("main")).to_contain_text(f"as {name or who}")
        self.prove(password)

    def say_who(self, name: str = USERNAME) -> None:
        self.page.get_by_label("Username or e-mail address").fill(name)
        self.press("Continue")

    def prove(self, password: str = PASSWORD, *, twice: bool = False) -> None:
        self.page.get_by_label("Password", exact=True).fill(password)
        self.press("Sign in", twice=twice)

    def press(self, name: str, *, twice: bool = False) -> None:
        main = self.page.locator("main")
        control = main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True))
        expect(control).to_have_count(1)
        assert not BLAME.search(main.inner_text())
        control.dblclick() if twice else control.click()

    def press_while_away(self, name: str) -> None:
        """Again and again, as a page asks to that says that a server is away: a node holds off for a while from what
        has just failed."""
        end = time.monotonic() + WAIT
        away = self.page.get_by_role("heading", name=AWAY)
        while away.count():
            assert time.monotonic() < end
            number = self.page.locator("main code").inner_text()
            self.press(name)
            expect(self.page.get_by_text(number)).to_have_count(0)
            self.page.wait_for_load_state()

    def sees(self, title: str) -> None:
        sees(self.page, title)

    def answered(self, **parameters: str) -> bool:
        """Whether the application has its answer."""
        told = "&".join(f"{name}={value}" for name, value in parameters.items()) or "code="
        expect(self.page).to_have_url(re.compile(re.escape(f"{self.application}/callback?{told}")))
        return True

    def is_back(self) -> bool:
        """Whether they are where they begin at the application."""
        expect(self.page).to_have_url(f"{self.application}/")
        return True

    def in_another_tab(self) -> "Person":
        page = self.page.context.new_page()
        return Person(page, self.provider, self.client_id, self.application)

    def meanwhile(self, statement: str) -> None:
        with psycopg.connect(self.provider.database_url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextlib.contextmanager
def locked(provider: Cluster, table: str) -> Iterator[None]:
    """Nobody reads the table: the statement that wants to is given up by the server's own limit."""
    with psycopg.connect(provider.database_url) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield
