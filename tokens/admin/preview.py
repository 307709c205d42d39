"""What a person would get at a client: the claims of the tokens and of userinfo, by the same code that issues, and
nothing is issued, signed or stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts import claims, sessions
from accounts.conf import conf as accounts_conf
from tokens.conf import minter
from tokens.interaction import authorization_request, shown_client
from tokens.interaction.authorization_response import code_for
from tokens.issuer import Writing, issue
from tokens.protocol import pkce
from tokens.protocol.authorization_request import AuthorizationRequest
from tokens.protocol.errors import InsufficientScope
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Authorization, Client, Issuance
from tokens.protocol.resources import Target
from tokens.verifier import VerifiedAccessToken, may_use
from tokens.views.consent import told
from tokens.views.userinfo import claims_told

OF_ITS_TOKEN = {"at_hash"}
"""What an ID token says of the access token beside it, which there is none of."""


@dataclass(slots=True)
class _Noted:
    """Takes what tokens would say."""

    access_token: Mapping[str, Any] = field(default_factory=dict)
    id_token: Mapping[str, Any] | None = None

    def writing(self) -> Writing:
        return Writing(access_token={"jwt": self._access_token, "opaque": self._access_token}, id_token=self._id_token)

    def _access_token(self, content: Mapping[str, Any], target: Target, expires: datetime) -> str:
        self.access_token = content
        return ""

    def _id_token(self, content: Mapping[str, Any], alg: str) -> str:
        self.id_token = {name: value for name, value in content.items() if name not in OF_ITS_TOKEN}
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What is said in each place; None where there is no such thing."""

    id_token: Mapping[str, Any] | None
    access_token: Mapping[str, Any]
    userinfo: Mapping[str, Any] | None


def requested(client: Client, parameters: Mapping[str, str]) -> AuthorizationRequest:
    """The client's request with these parameters, judged as a real one. Raises an OAuthError."""
    whole = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uris[0],
        "response_type": "code",
        "nonce": "preview",
        "code_challenge": pkce.challenge_of(minter().mint()),
        "code_challenge_method": pkce.S256,
        **parameters,
    }
    return authorization_request.read(whole, client)


def check_person(client: Client, subject: str) -> None:
    """Raises an OAuthError where the person would be sent back with nothing, before they are asked anything."""
    if claims.person(subject) is None:
        raise refusal("account_disabled")
    if not may_use(client, subject):
        raise refusal("person_may_not")


def claims_for(client: Client, subject: str, judged: AuthorizationRequest, now: datetime) -> Claims:
    """Raises an OAuthError where the person would get nothing."""
    check_person(client, subject)
    authorization = _authorization(client, subject, judged, now)
    issuance = Issuance(
        authorization=authorization,
        scope=authorization.scope,
        resource=authorization.resource,
        nonce=judged.nonce,
    )
    noted = _Noted()
    issue(issuance, client, now, noted.writing())
    told = userinfo(_token(noted.access_token, authorization, client))
    return Claims(id_token=noted.id_token, access_token=noted.access_token, userinfo=told)


def consent(client: Client, judged: AuthorizationRequest) -> dict[str, Any]:
    """What the consent page shows somebody who was never asked."""
    return {"client": client, **shown_client.of(client), **told(judged, client, None), "is_preview": True}


def userinfo(token: VerifiedAccessToken) -> Mapping[str, Any] | None:
    """None where userinfo refuses the token."""
    if settings.ISSUER not in token.audience:
        return None
    try:
        return claims_told(token)
    except InsufficientScope:
        return None


def _authorization(client: Client, subject: str, judged: AuthorizationRequest, now: datetime) -> Authorization:
    """As if the person had just signed in with a password."""
    sign_in = sessions.Current(
        sid=minter().mint(),
        subject=subject,
        auth_time=now,
        acr=accounts_conf().acr_values[0],
        amr=("pwd",),
        root_at=now,
        expires=now + timedelta(seconds=accounts_conf().session_absolute),
    )
    return code_for(minter().mint(), judged, client, sign_in, None, now).authorization


def _token(content: Mapping[str, Any], authorization: Authorization, client: Client) -> VerifiedAccessToken:
    """An access token that says this, as if it had been issued and shown."""
    audience = content["aud"]
    return VerifiedAccessToken(
        client_id=content["client_id"],
        subject=content["sub"],
        audience=(audience,) if isinstance(audience, str) else tuple(audience),
        scope=tuple(content.get("scope", "").split()),
        authorization=authorization,
        claims=content,
        client=client,
    )
