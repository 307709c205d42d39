"""Codes for somebody who consented once, so that one request makes a code."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.nodes import Node
from tests.support.person import Page, Person

CALLBACK = "http://127.0.0.1:9/callback"
# RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass(frozen=True, slots=True)
class Codes:
    """What one person gives one client at one node."""

    person: Person
    node: Node
    client_id: str
    scope: str = "openid"

    def new(self) -> str:
        redirected = self.person.go(self._url(), client=CALLBACK)
        return parse_qs(urlsplit(redirected).query)["code"][0]

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

    def _url(self, **more: str) -> str:
        query = {
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": self.scope,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        return f"{self.node.url}/oauth2/authorize?{urlencode(query)}"
