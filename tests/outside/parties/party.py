"""A relying party that does what its row says, over HTTP, and believes nothing that it has not verified."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT

from tests.outside.oidf.id_tokens import at_hash
from tests.outside.parties.table.row import Logout, Row, Secret
from tests.support.messages import CHALLENGE, VERIFIER, Registered, basic
from tests.support.person import Person

SIGNED_OUT = "http://127.0.0.1:9/signed-out"
OTHERS: Mapping[Secret, tuple[Secret, ...]] = {"basic, then body": ("basic", "body")}
"""What is tried one after the other, until one is answered with 200."""


@dataclass(frozen=True, slots=True)
class Begun:
    url: str
    sent: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Party:
    row: Row
    client: Registered
    metadata: Mapping[str, Any]

    def begin(self) -> Begun:
        row = self.row
        sent: dict[str, str | None] = {
            "client_id": self.client.client_id,
            "redirect_uri": row.redirect_uri,
            "response_type": row.response_type,
            "scope": row.scope,
            "response_mode": row.response_mode,
            "state": secrets.token_urlsafe(24) if row.state else None,
            "nonce": secrets.token_urlsafe(24) if row.nonce else None,
            "code_challenge": CHALLENGE if row.pkce else None,
            "code_challenge_method": "S256" if row.pkce else None,
            **row.parameters,
        }
        given = {name: value for name, value in sent.items() if value is not None}
        return Begun(f"{self.metadata['authorization_endpoint']}?{urlencode(given)}", given)

    def exchange(self, code: str) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.row.redirect_uri,
            **({"code_verifier": VERIFIER} if self.row.pkce else {}),
            **self.row.token_parameters,
        }
        return self._ask(self.row.secret, form)

    def refresh(self, refresh_token: str) -> requests.Response:
        scope = {"scope": self.row.scope} if self.row.refresh_scope else {}
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **scope}
        return self._ask(self.row.refresh_secret or self.row.secret, form)

    def revoke(self, token: str, hint: str) -> requests.Response:
        form = {"token": token, "token_type_hint": hint}
        return self._post("revocation_endpoint", self.row.secret, form)

    def userinfo(self, access_token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}", **self._origin()}
        answer = requests.get(self.metadata["userinfo_endpoint"], headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        self.check_origin(answer)
        told: dict[str, Any] = answer.json()
        return told

    def verified(self, id_token: str, access_token: str, nonce: str | None) -> dict[str, Any]:
        """The ID token's claims (OpenID Connect Core §3.1.3.7)."""
        keys = JWKSet.from_json(requests.get(self.metadata["jwks_uri"], timeout=10).text)
        body: dict[str, Any] = json.loads(JWT(jwt=id_token, key=keys, algs=["RS256"], expected_type="JWS").claims)
        assert (body["iss"], body["aud"]) == (self.metadata["issuer"], self.client.client_id)
        assert body.get("nonce") == nonce
        assert body["at_hash"] == at_hash(access_token)
        return body

    def leave(self, logout: Logout, id_token: str) -> tuple[str, dict[str, str]]:
        """The end_session_endpoint and what is sent to it."""
        sent = {
            **({"id_token_hint": id_token} if logout.hint else {}),
            **({"client_id": self.client.client_id} if logout.client_id else {}),
            **({"post_logout_redirect_uri": SIGNED_OUT} if logout.leads_back else {}),
            **({"state": "left"} if logout.state else {}),
        }
        return self.metadata["end_session_endpoint"], sent

    def check_origin(self, answer: requests.Response) -> None:
        """A page in a browser may read it (CORS)."""
        if self.row.kind == "spa":
            assert answer.headers.get("Access-Control-Allow-Origin") in ("*", _origin(self.row.redirect_uri))

    def _ask(self, secret: Secret, form: Mapping[str, str]) -> requests.Response:
        for place in OTHERS.get(secret, (secret,)):
            answer = self._post("token_endpoint", place, form)
            if answer.status_code == 200:
                break
        return answer

    def _post(self, endpoint: str, secret: Secret, form: Mapping[str, str]) -> requests.Response:
        client, shown = self.client, {"client_id": self.client.client_id}
        headers = {
            "basic": basic(client.client_id, client.client_secret),
            "basic, empty": basic(client.client_id, ""),
        }.get(secret, {})
        body = {"body": {**shown, "client_secret": client.client_secret}, "none": shown}.get(secret, {})
        url = self.metadata[endpoint]
        answer = requests.post(url, {**form, **body}, headers={**headers, **self._origin()}, timeout=10)
        self.check_origin(answer)
        return answer

    def _origin(self) -> dict[str, str]:
        return {"Origin": _origin(self.row.redirect_uri)} if self.row.kind == "spa" else {}


class Watched(Person):
    """A person whose browser notes the headers of all that it is answered."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self.answers: list[requests.Response] = []
        self._browser.hooks["response"].append(lambda answer, *args, **kwargs: self.answers.append(answer))


def response(redirected: str, posted: Mapping[str, str] | None) -> dict[str, str]:
    """The parameters of an authorization response, however it came."""
    parts = urlsplit(redirected)
    return dict(posted) if posted is not None else dict(parse_qsl(parts.query or parts.fragment))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
