"""authorization_code (RFC 6749 §4.1.3), bound by PKCE (RFC 7636 §4.6)."""

from datetime import datetime

from tokens.grants import refresh_token
from tokens.protocol import handles, pkce, resources
from tokens.protocol.errors import InvalidGrant, Replayed
from tokens.protocol.handles import Handle
from tokens.protocol.records import NO_KEY, Authorization, AuthorizationCode, Client, Issuance, RefreshToken
from tokens.protocol.scopes import OPENID
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store

REJECTED_CODE = "the code is unknown, expired, spent, or another client's"


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """Raises Replayed where the client shows a code of its own again: one of the two who have it may have stolen it."""
    key = _key(request)
    code = store().codes.consume(key, client.client_id, now)
    if code is None:
        raise _refusal(store().codes.get(key, client.client_id), request)
    _check_binding(code, request)
    authorization, first, handle = _with_family(code.authorization, request, client, now)
    resource = resources.narrowed(request.resource, request.audience, authorization.resource)
    if not store().authorizations.add(authorization, first):
        raise InvalidGrant("the sign-in, the consent or the account behind the code has ended")
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
    """With a family of refresh tokens, where the client may use them; a public client's is bound to its key."""
    if "refresh_token" not in client.grant_types:
        return authorization, None, None
    return refresh_token.begin(authorization, request.confirmation if client.public else NO_KEY, now)


def _key(request: TokenRequest) -> handles.Key:
    key = handles.key_of(request.needed("code"))
    request.needed("redirect_uri")
    if key is None:
        raise InvalidGrant(REJECTED_CODE)
    return key


def _refusal(code: AuthorizationCode | None, request: TokenRequest) -> InvalidGrant:
    """Only a second use that would have been a valid one is a replay: who merely saw the code cannot end a session."""
    if code is None or code.spent_at is None:
        return InvalidGrant(REJECTED_CODE)
    _check_binding(code, request)
    return Replayed(REJECTED_CODE, code.authorization)


def _check_binding(code: AuthorizationCode, request: TokenRequest) -> None:
    if request.get("redirect_uri") != code.redirect_uri:
        raise InvalidGrant("redirect_uri differs from the authorization request's")
    pkce.check_verifier(request.get("code_verifier"), code.code_challenge)
    if code.dpop_jkt is not None and request.confirmation.jkt != code.dpop_jkt:
        raise InvalidGrant("the code is bound to a DPoP key, which the request does not show")
