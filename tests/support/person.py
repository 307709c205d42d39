"""A person with a simple browser, over HTTP, at any provider: follows redirects, reads forms, fills them in.
Keeps cookies, runs no script.

Where a page has a form that leads to the client (response_mode form_post), the person presses its button.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import requests

MAX_REDIRECTS = 10
LONGEST = 60.0
"""Seconds for an answer: who takes longer hangs."""


@dataclass(slots=True)
class Form:
    action: str
    """Where it leads, with scheme and host."""
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    """What it sends unless somebody types; without its buttons."""


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    status: int
    text: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def form(self) -> Form:
        """The page's form that is not the sign-out in a corner: its last one."""
        return self.forms()[-1]

    def forms(self) -> list[Form]:
        reader = _FormReader(self.url)
        reader.feed(self.text)
        return reader.forms


class Person:
    """Somebody with an account, and whether they say yes."""

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        self.password = password
        self.seen: list[str] = []
        """The paths of the pages that were shown."""
        self.passwords = 0
        """How often a page asked for the password."""
        self.posted: dict[str, str] | None = None
        """What was posted to the client (response_mode form_post); None where the address says it all."""
        self._browser = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()

    def go(self, url: str, *, client: str, answer: str = "allow") -> str:
        """Does what the pages ask until the browser is sent to the address `client`, or below it: that address."""
        self.seen, self.passwords = [], 0
        return self.obey(self.visit(url, client=client), client=client, answer=answer)

    def obey(self, place: Page | str, *, client: str, answer: str = "allow") -> str:
        """Does what the pages ask, from the one that is shown on."""
        while isinstance(place, Page):
            assert place.status == 200, f"{place.status} at {place.url}: {place.text}"
            assert len(self.seen) < MAX_REDIRECTS, self.seen
            place = self.fill(place, client=client, **self._typed(place.form(), answer))
        return place

    def visit(self, url: str, *, client: str, form: Mapping[str, str] | None = None) -> Page | str:
        """Follows redirects to a page, or to an address of the client's, where nobody need listen. `form`: is posted,
        as from the client's site."""
        method = "GET" if form is None else "POST"
        return self._follow(
            self._browser.request(method, url, data=form, allow_redirects=False, timeout=LONGEST), client
        )

    def fill(self, page: Page, *, client: str, **typed: str) -> Page | str:
        """Sends the page's form and follows."""
        return self._follow(self.send(page, **typed), client)

    def send(self, page: Page, **typed: str) -> requests.Response:
        """The answer to the page's form itself."""
        form = page.form()
        headers = {"Origin": _origin(page.url), "Referer": page.url}
        fields = {**form.fields, **typed}
        return self._browser.post(form.action, fields, headers=headers, allow_redirects=False, timeout=LONGEST)

    def cookies(self) -> str:
        """The header with all of them."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._browser.cookies)

    def _follow(self, response: requests.Response, client: str) -> Page | str:
        self.posted = None
        for _ in range(MAX_REDIRECTS):
            location = response.headers.get("Location")
            if location is None:
                return self._look(Page(response.url, response.status_code, response.text), client)
            target = urljoin(response.url, location)
            if _leads_to(client, target):
                return target
            response = self._browser.get(target, allow_redirects=False, timeout=LONGEST)
        raise AssertionError(f"more than {MAX_REDIRECTS} redirects, at last to {response.url}")

    def _look(self, page: Page, client: str) -> Page | str:
        for form in page.forms():
            if form.method == "post" and _leads_to(client, form.action):
                self.posted = form.fields
                return form.action
        self.seen.append(page.path)
        return page

    def _typed(self, form: Form, answer: str) -> dict[str, str]:
        self.passwords += "password" in form.fields
        if "login" in form.fields:
            return {"login": self.username, "password": self.password}
        if "password" in form.fields:
            return {"password": self.password}
        return {"answer": answer}


class _FormReader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            action = urljoin(self.url, attributes.get("action") or "")
            self.forms.append(Form(action, (attributes.get("method") or "get").lower()))
        name = attributes.get("name")
        if tag == "input" and name and self.forms and attributes.get("type") != "checkbox":
            self.forms[-1].fields[name] = attributes.get("value") or ""


def _leads_to(client: str, address: str) -> bool:
    """Not to a port or a host that begins in the same way: `http://localhost:42425` is not below `http://localhost:4242`."""
    return address.startswith(client) and (client[-1:] in ("/", ":") or address[len(client) :][:1] in ("", *"/?#&"))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
