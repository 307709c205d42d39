"""A relying party made of Authlib: OAuth by its session, ID tokens by its claims over joserfc."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.outside.interop.clients import Registered
from tests.support.messages import NOWHERE
from tests.support.person import Person

SCOPE = "openid profile email"


@dataclass(frozen=True, slots=True)
class Begun:
    url: str
    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True, slots=True)
class RelyingParty:
    metadata: Mapping[str, Any]
    client: Registered

    def session(self, **options: Any) -> OAuth2Session:
        kind, credential = self.client.kind, self.client.credential
        session = OAuth2Session(
            self.client.client_id,
            ECKey.import_key(credential) if kind.has_key else credential or None,
            token_endpoint_auth_method=kind.token_endpoint_auth_method,
            revocation_endpoint_auth_method=kind.token_endpoint_auth_method,
            redirect_uri=NOWHERE,
            code_challenge_method="S256",
            default_timeout=10,
            **{"scope": SCOPE, **options},
        )
        session.register_client_auth_method(PrivateKeyJWT(self.metadata["token_endpoint"], alg="ES256"))
        return session

    def begin(self, **parameters: str) -> Begun:
        state, nonce, code_verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self.session() as session:
            url, _ = session.create_authorization_url(
                self.metadata["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=code_verifier,
                **parameters,
            )
        return Begun(url, state, nonce, code_verifier)

    def exchange(self, begun: Begun, redirected: str) -> Mapping[str, Any]:
        """The token response. Authlib's OAuthError if the provider refuses."""
        with self.session() as session:
            token: Mapping[str, Any] = session.fetch_token(
                self.metadata["token_endpoint"],
                authorization_response=redirected,
                state=begun.state,
                code_verifier=begun.code_verifier,
            )
        return token

    def sign_in(self, person: Person) -> Mapping[str, Any]:
        """The token response, at the end of the whole flow."""
        begun = self.begin()
        return self.exchange(begun, person.go(begun.url, client=NOWHERE))

    def id_token(self, begun: Begun, token: Mapping[str, Any]) -> CodeIDToken:
        """Its claims, validated as OpenID Connect Core §3.1.3.7 asks."""
        keys = KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=10).json())
        decoded = jwt.decode(token["id_token"], keys, algorithms=[self.client.kind.alg])
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": self.metadata["issuer"]},
                "aud": {"essential": True, "value": self.client.client_id},
                "nonce": {"essential": True},
                "at_hash": {"essential": True},
            },
            params={"nonce": begun.nonce, "client_id": self.client.client_id, "access_token": token["access_token"]},
        )
        claims.validate()
        return claims
