"""A relying party made of npm's openid-client, which tests/outside/nodejs/openid_client.mjs speaks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.outside.nodejs.scripts import Conversation
from tests.support.messages import NOWHERE
from tests.support.person import Person

SCOPE = "openid profile email"


class LibraryError(Exception):
    """What the library threw: its class, code and message, and the error that the provider registered."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(told)
        self.told = told


@dataclass(frozen=True, slots=True)
class Begun:
    url: str
    checks: Mapping[str, Any]
    """What the library will hold the answer against."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A token response, with the claims of its ID token as the library verified them."""

    tokens: Mapping[str, Any]
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenIDClient:
    library: Conversation
    configuration: int
    metadata: Mapping[str, Any]
    """The provider's, as the library read it."""

    def call(self, function: str, *arguments: Any, **more: Any) -> Any:
        """The result of the library's function. LibraryError if it threw."""
        question = {"call": function, "configuration": self.configuration, "arguments": arguments, **more}
        return answered(self.library, question)["result"]

    def begin(self, **parameters: Any) -> Begun:
        verifier, state, nonce = (self._make(f"random{name}") for name in ("PKCECodeVerifier", "State", "Nonce"))
        request = {
            "redirect_uri": NOWHERE,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": self._make("calculatePKCECodeChallenge", verifier),
            "code_challenge_method": "S256",
            **parameters,
        }
        url: str = self.call("buildAuthorizationUrl", request)
        return Begun(url, {"pkceCodeVerifier": verifier, "expectedState": state, "expectedNonce": nonce})

    def grant(self, begun: Begun, redirected: str, posted: Mapping[str, str] | None = None, **checks: Any) -> Granted:
        response = {"url": redirected, "posted": posted}
        question = {
            "call": "authorizationCodeGrant",
            "configuration": self.configuration,
            "response": response,
            "arguments": [{**begun.checks, **checks}],
        }
        answer = answered(self.library, question)
        return Granted(answer["result"], answer["claims"])

    def sign_in(self, person: Person, **parameters: Any) -> Granted:
        """The whole flow, in any response mode."""
        begun = self.begin(**parameters)
        redirected = person.go(begun.url, client=NOWHERE)
        return self.grant(begun, in_query(redirected), person.posted)

    def userinfo(self, granted: Granted) -> dict[str, Any]:
        """Of the same person as the ID token, says the library."""
        told: dict[str, Any] = self.call("fetchUserInfo", granted.tokens["access_token"], granted.claims["sub"])
        return told

    def _make(self, function: str, *arguments: str) -> str:
        made: str = answered(self.library, {"call": function, "arguments": arguments})["result"]
        return made


def discover(
    library: Conversation, issuer: str, client_id: str, method: str, credential: Any, **metadata: str
) -> OpenIDClient:
    found = answered(library, {"discover": [issuer, client_id, metadata, method, credential]})
    return OpenIDClient(library, found["configuration"], found["metadata"])


def answered(library: Conversation, question: Mapping[str, Any]) -> dict[str, Any]:
    answer = library.ask(**question)
    if "error" in answer:
        raise LibraryError(answer["error"])
    return answer


def in_query(url: str) -> str:
    """The address as the client's server gets it: with response_mode fragment, its page in the browser sends it on."""
    parts = urlsplit(url)
    return parts._replace(query=parts.fragment, fragment="").geturl() if parts.fragment else url
