"""Codes, and how they are redeemed at a node of one's choice: plain HTTP on a connection of its own."""

import http.client
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from idp.local.nodes import Node
from idp.local.processes import LOOPBACK
from tests.interop.person import Page, Person
from tokens.protocol import handles

NO_ANSWER = (OSError, http.client.HTTPException)
CALLBACK = "http://127.0.0.1:9/callback"
# RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass(frozen=True, slots=True)
class Code:
    """A code, and its client's credentials."""

    code: str
    client_id: str
    client_secret: str

    @property
    def key(self) -> str:
        """Its row's."""
        return handles.key(handles.Handle(self.code))


@dataclass(frozen=True, slots=True)
class Codes:
    """Somebody who consented once, so that one request makes a code."""

    person: Person
    node: Node
    client_id: str
    client_secret: str

    def new(self) -> Code:
        redirected = self.person.go(self._url(), client=CALLBACK)
        return Code(parse_qs(urlsplit(redirected).query)["code"][0], self.client_id, self.client_secret)

    def answered(self) -> str:
        """Path and query of a request that was just consented to: it gives a code when it is looked at."""
        page = self.person.visit(self._url(prompt="consent"), client=CALLBACK)
        assert isinstance(page, Page)
        if page.path != "/oauth2/consent":
            self.new()
            return self.answered()
        sent = self.person.send(page, answer="allow")
        assert sent.status_code == 303
        return sent.headers["Location"]

    def look(self, node: Node, place: str, ready: Callable[[], object]) -> int:
        """The status of the page at `place`, in the person's browser."""
        return _ask(node, "GET", place, None, {"Cookie": self.person.cookies()}, ready)[0]

    def _url(self, **more: str) -> str:
        query = {
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        return f"{self.node.url}/oauth2/authorize?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def error(self) -> str | None:
        return self.body.get("error")


def redeem(node: Node, code: Code, ready: Callable[[], object] | None = None) -> Answer:
    """The token endpoint's answer; `ready` is called on the open connection. Raises NO_ANSWER if none came."""
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    credentials = b64encode(f"{code.client_id}:{code.client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}
    status, body = _ask(node, "POST", "/oauth2/token", urlencode(form), headers, ready)
    return Answer(status, json.loads(body))


def lives(node: Node, token: dict[str, Any]) -> bool:
    """Whether the token response's access token still opens userinfo."""
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    status, _ = _ask(node, "GET", "/oauth2/userinfo", None, headers, None)
    assert status in (200, 401), status
    return status == 200


def _ask(
    node: Node, method: str, path: str, body: str | None, headers: dict[str, str], ready: Callable[[], object] | None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, node.port, timeout=30)
    try:
        connection.connect()
        if ready is not None:
            ready()
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
