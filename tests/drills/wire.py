"""One HTTP request on a connection of its own, and what came of it."""

import http.client
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Protocol
from urllib.parse import urlencode

from idp.local.processes import LOOPBACK
from tests.drills.history import Outcome
from tests.support.messages import FORM_TYPE

NO_ANSWER = (OSError, http.client.HTTPException)
TIMEOUT = 15.0
"""Seconds. Far above what any request may take, so that a slow answer is seen and not taken for none."""
FORM = {"Content-Type": FORM_TYPE}


class Server(Protocol):
    """What answers at a loopback port: a node, or a balancer before some."""

    port: int
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None where none came."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    cookies: Mapping[str, str] = field(default_factory=dict)
    """Those that it sets."""

    @property
    def json(self) -> dict[str, Any]:
        """The document, or nothing where it is none."""
        try:
            body = json.loads(self.content)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def error(self) -> str | None:
        return self.json.get("error")

    @property
    def outcome(self) -> Outcome:
        if self.status is None:
            return Outcome.UNKNOWN
        if self.status < 400:
            return Outcome.OK
        if self.status < 500:
            return Outcome.REFUSED
        return Outcome.UNAVAILABLE if self._is_proper_503() else Outcome.BROKEN

    @property
    def is_page_for_later(self) -> bool:
        """What is to a person what a proper 503 is to a program."""
        return self._says_when() and self.headers.get("content-type", "").startswith("text/html")

    def _is_proper_503(self) -> bool:
        is_json = self.headers.get("content-type") == "application/json"
        return self._says_when() and is_json and self.error == "temporarily_unavailable"

    def _says_when(self) -> bool:
        return self.status == 503 and self.headers.get("retry-after", "").isdigit()


def ask(
    port: int,
    method: str,
    path: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    ready: Callable[[], object] | None = None,
) -> Answer:
    """The answer of the server at the loopback port; `ready` is called on the open connection."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
    try:
        connection.connect()
        if ready is not None:
            ready()
        body = urlencode(form) if form is not None else None
        connection.request(method, path, body, {**(FORM if form is not None else {}), **(headers or {})})
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read(), _cookies(response))
    except NO_ANSWER:
        return Answer(None)
    finally:
        connection.close()


def claims(token: str) -> dict[str, Any]:
    """What a JWT says. Whether it is signed well is for other tests to say."""
    body = token.split(".")[1]
    document: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return document


def _cookies(response: http.client.HTTPResponse) -> dict[str, str]:
    read: SimpleCookie = SimpleCookie()
    for header in response.msg.get_all("Set-Cookie", []):
        read.load(header)
    return {name: morsel.value for name, morsel in read.items()}
