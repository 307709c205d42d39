"""A person with a simple browser: follows redirects, reads forms, fills them in. Keeps cookies, runs no script."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import requests

MAX_REDIRECTS = 10


@dataclass(slots=True)
class Form:
    action: str
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
        reader = _FormReader()
        reader.feed(self.text)
        return reader.forms[-1]


class Person:
    """Somebody with an account, and whether they say yes."""

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        self.password = password
        self.seen: list[str] = []
        """The paths of the pages that were shown."""
        self._browser = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()

    def go(self, url: str, *, client: str, answer: str = "allow") -> str:
        """Does what the pages ask until the browser is sent to an address that starts with `client`: that address."""
        self.seen = []
        place = self.visit(url, client=client)
        while isinstance(place, Page):
            assert place.status == 200, f"{place.status} at {place.url}: {place.text}"
            assert len(self.seen) < MAX_REDIRECTS, self.seen
            place = self.fill(place, client=client, **self._typed(place.form(), answer))
        return place

    def visit(self, url: str, *, client: str) -> Page | str:
        """Follows redirects to a page, or to an address of the client's, where nobody need listen."""
        return self._follow(self._browser.get(url, allow_redirects=False, timeout=10), client)

    def fill(self, page: Page, *, client: str, **typed: str) -> Page | str:
        """Sends the page's form and follows."""
        return self._follow(self.send(page, **typed), client)

    def send(self, page: Page, **typed: str) -> requests.Response:
        """The answer to the page's form itself."""
        form = page.form()
        headers = {"Origin": _origin(page.url), "Referer": page.url}
        target = urljoin(page.url, form.action)
        return self._browser.post(target, {**form.fields, **typed}, headers=headers, allow_redirects=False, timeout=10)

    def cookies(self) -> str:
        """The header with all of them."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._browser.cookies)

    def _follow(self, response: requests.Response, client: str) -> Page | str:
        for _ in range(MAX_REDIRECTS):
            location = response.headers.get("Location")
            if location is None:
                page = Page(response.url, response.status_code, response.text)
                self.seen.append(page.path)
                return page
            target = urljoin(response.url, location)
            if target.startswith(client):
                return target
            response = self._browser.get(target, allow_redirects=False, timeout=10)
        raise AssertionError(f"more than {MAX_REDIRECTS} redirects, at last to {response.url}")

    def _typed(self, form: Form, answer: str) -> dict[str, str]:
        if "login" in form.fields:
            return {"login": self.username, "password": self.password}
        if "password" in form.fields:
            return {"password": self.password}
        return {"answer": answer}


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.forms.append(Form(attributes.get("action") or ""))
        name = attributes.get("name")
        if tag == "input" and name and self.forms and attributes.get("type") != "checkbox":
            self.forms[-1].fields[name] = attributes.get("value") or ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
