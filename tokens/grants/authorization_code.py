"""authorization_code (RFC 6749 §4.1.3), bound by PKCE (RFC 7636 §4.6)."""

from dataclasses import replace
from datetime import datetime

from tokens.conf import conf
from tokens.grants import refresh_token
from tokens.protocol import handles, kept, pkce, resources
from tokens.protocol.errors import OAuthError, Replayed
from tokens.protocol.handles import Handle
from tokens.protocol.reasons import refusal
from tokens.protocol.records import (
    NO_KEY,
    OFFLINE_ACCESS,
    Authorization,
    AuthorizationCode,
    Client,
    Issuance,
    RefreshToken,
)
from tokens.protocol.scopes import OPENID
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """Raises Replayed where the client shows a code of its own again: one of the two who have it may have stolen it."""
    key = _key(request)
    code = store().codes.consume(key, client.client_id, now)
    if code is None:
        raise _refusal(store().codes.get(key, client.client_id), request)
    _check_binding(code, request)
    authorization, first, handle = _with_family(code.authorization, request, client, now)
    left = kept.resource(authorization.resource, authorization.scope, client)
    resource = resources.narrowed(request.resource, request.audience, left)
    if not store().authorizations.add(authorization, first):
        raise refusal("sign_in_ended")
    return Issuance(
        authorization=authorization,
        scope=authorization.scope,
        resource=resource,
        nonce=code.nonce,
        protection=pkce.protection(code.code_challenge, code.nonce, openid=OPENID in authorization.scope),
        refresh_token=handle,
    )


def _with_family(
    authorization: Authorization, request: TokenRequest, client: Client, now: datetime
) -> tuple[Authorization, RefreshToken | None, Handle | None]:
    """With a family of refresh tokens, where the client may use them; a public client's is bound to its key. Where
    offline_access was taken from the client since it asked, what is issued ends with the session."""
    if not authorization.may_be_refreshed(client):
        online = tuple(each for each in authorization.scope if each != OFFLINE_ACCESS)
        return replace(authorization, scope=online), None, None
    shown = (request.needed("code"), request.get("code_verifier") or "")
    return refresh_token.begin(authorization, shown, request.confirmation if client.public else NO_KEY, now)


def _key(request: TokenRequest) -> handles.Key:
    key = handles.key_of(request.needed("code"))
    request.needed("redirect_uri")
    if key is None:
        raise refusal("code_unknown")
    return key


def _refusal(code: AuthorizationCode | None, request: TokenRequest) -> OAuthError:
    """Only a second use that would have been a valid one is a replay: who merely saw the code cannot end a session.
    What became of a code is said of the client's own alone, and to who could have redeemed it."""
    if code is None:
        return refusal("code_unknown")
    _check_binding(code, request)
    if code.spent_at is None:
        return refusal("code_expired", seconds=conf().code_lifetime)
    return Replayed(refusal("code_used"), code.authorization)


def _check_binding(code: AuthorizationCode, request: TokenRequest) -> None:
    if request.get("redirect_uri") != code.redirect_uri:
        raise refusal("code_redirect_uri", came=request.get("redirect_uri"), right=code.redirect_uri)
    pkce.check_verifier(request.get("code_verifier"), code.code_challenge)
    if code.dpop_jkt is not None and request.confirmation.jkt != code.dpop_jkt:
        raise refusal("code_key")
