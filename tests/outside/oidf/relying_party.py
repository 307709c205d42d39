"""A relying party with a person before it: what the modules do, step by step, only over HTTP."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import requests

from tests.outside.oidf import id_tokens
from tests.outside.oidf.provider import Provider, RegisteredClient
from tests.support.messages import NOWHERE
from tests.support.person import Page, Person

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tokens:
    """A token response, and its ID token's claims."""

    code: str
    answer: Mapping[str, Any]
    id_token: Mapping[str, Any]

    @property
    def access_token(self) -> str:
        token: str = self.answer["access_token"]
        return token


@dataclass(frozen=True, slots=True)
class RelyingParty:
    provider: Provider
    client: RegisteredClient
    person: Person
    response_mode: str | None
    """None is the default mode, query; else a value of the parameter."""

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request, but for `changes`; None takes one away."""
        good: dict[str, str | None] = {
            "client_id": self.client.client_id,
            "redirect_uri": NOWHERE,
            "response_type": "code",
            "response_mode": self.response_mode,
            "scope": "openid",
            "state": secrets.token_urlsafe(10),
            "nonce": secrets.token_urlsafe(10),
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def sign_in(self, **changes: str | None) -> Tokens:
        """The whole flow, with its checks: request, pages, code, tokens, ID token, userinfo."""
        request = self.request(**changes)
        tokens = self.tokens(request, self.code(request))
        answer = self.userinfo(tokens.access_token)
        assert answer.status_code == 200, answer.text
        assert answer.json()["sub"] == tokens.id_token["sub"]
        return tokens

    def code(self, request: Parameters, *, method: str = "GET") -> str:
        answer = self.answer(request, method=method)
        assert "error" not in answer, answer
        return answer["code"]

    def answer(self, request: Parameters, *, method: str = "GET") -> dict[str, str]:
        """The authorization response that came in the mode asked for, with its `state` and `iss`."""
        url = self.person.obey(self._begin(request, method), client=NOWHERE)
        assert urlsplit(url)._replace(query="").geturl() == NOWHERE
        answer = self._received(url)
        assert answer.pop("state", None) == request.get("state")
        if self.provider.metadata.get("authorization_response_iss_parameter_supported"):
            assert answer.pop("iss") == self.provider.issuer
        return answer

    def page(self, request: Parameters) -> Page:
        """The page that the person is left on."""
        place = self._begin(request, "GET")
        assert isinstance(place, Page), place
        return place

    def redeem(self, code: str, **extra: str) -> requests.Response:
        return self.token_request(grant_type="authorization_code", code=code, redirect_uri=NOWHERE, **extra)

    def token_request(self, **form: str) -> requests.Response:
        client, endpoint = self.client, self.provider.metadata["token_endpoint"]
        if client.token_endpoint_auth_method == "client_secret_post":
            named = {"client_id": client.client_id, "client_secret": client.client_secret}
            return requests.post(endpoint, {**form, **named}, timeout=10)
        # RFC 6749 §2.3.1: form-encoded before they are put together.
        credentials = (quote(client.client_id, safe=""), quote(client.client_secret, safe=""))
        return requests.post(endpoint, form, auth=credentials, timeout=10)

    def tokens(self, request: Parameters, code: str, **extra: str) -> Tokens:
        """What the code gives, checked (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
        answer = self.redeem(code, **extra)
        assert answer.status_code == 200, answer.text
        given = checked_token_response(answer)
        nonce = request.get("nonce")
        id_token = id_tokens.verified(
            given["id_token"], self.provider, self.client.client_id, given["access_token"], nonce
        )
        return Tokens(code, given, id_token)

    def userinfo(self, access_token: str) -> requests.Response:
        endpoint = self.provider.metadata["userinfo_endpoint"]
        return requests.get(endpoint, headers={"Authorization": f"Bearer {access_token}"}, timeout=10)

    def _begin(self, request: Parameters, method: str) -> Page | str:
        endpoint = self.provider.metadata["authorization_endpoint"]
        self.person.passwords = 0
        self.person.seen.clear()
        if method == "POST":
            return self.person.visit(endpoint, client=NOWHERE, form=request)
        return self.person.visit(f"{endpoint}?{urlencode(request)}", client=NOWHERE)

    def _received(self, url: str) -> dict[str, str]:
        if self.response_mode == "form_post":
            assert self.person.posted is not None, url
            assert not urlsplit(url).query
            return dict(self.person.posted)
        assert self.person.posted is None
        given = parse_qs(urlsplit(url).query, strict_parsing=True)
        assert all(len(values) == 1 for values in given.values()), url
        return {name: values[0] for name, values in given.items()}


def checked_token_response(answer: requests.Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    given: dict[str, Any] = answer.json()
    assert given["token_type"].lower() == "bearer"
    assert given["access_token"]
    assert isinstance(given.get("expires_in", 1), int)
    return given


def is_invalid_grant(answer: requests.Response) -> bool:
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"
