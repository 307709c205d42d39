"""Codes for somebody who consented once, so that one request makes a code."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.nodes import Node
from tests.support.messages import AUTHORIZE, CONSENT, NOWHERE, Registered, authorization_request
from tests.support.person import Page, Person


@dataclass(frozen=True, slots=True)
class Codes:
    """What one person gives one client at one node."""

    person: Person
    node: Node
    client_id: str
    scope: str = "openid"

    def new(self) -> str:
        redirected = self.person.go(self._url(), client=NOWHERE)
        return parse_qs(urlsplit(redirected).query)["code"][0]

    def answered(self) -> str:
        """Path and query of a request that was just consented to: it gives a code when it is looked at."""
        page = self.person.visit(self._url(prompt="consent"), client=NOWHERE)
        assert isinstance(page, Page)
        if page.path != CONSENT:
            self.new()
            return self.answered()
        sent = self.person.send(page, answer="allow")
        assert sent.status_code == 303
        return sent.headers["Location"]

    def _url(self, **more: str) -> str:
        client = Registered(self.client_id, redirect_uri=NOWHERE)
        query = authorization_request(client, scope=self.scope, state=None, nonce=None, **more)
        return f"{self.node.url}{AUTHORIZE}?{urlencode(query)}"
