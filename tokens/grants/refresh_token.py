"""refresh_token (RFC 6749 §6), rotated as RFC 9700 §4.14.2 has it, with a retry that gives the same successor.

A successor is derived from the token that it replaces, so that it can be told again to a client that lost the answer,
though only hashes are stored. A second use after the retry time, or once the successor was used, ends the family.
"""

import base64
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from tokens.conf import CLOCK_MARGIN, conf
from tokens.protocol import handles, resources
from tokens.protocol.errors import InvalidGrant, Replayed
from tokens.protocol.handles import Handle
from tokens.protocol.records import Authorization, Client, Confirmation, Issuance, RefreshToken
from tokens.protocol.scopes import narrowed
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store

REFUSED = "the refresh token is unknown, expired, revoked, spent, or another client's"
EXTEND_EVERY = timedelta(minutes=5)


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """Raises Replayed where a token is used again that was replaced before."""
    presented = _presented(request)
    return (_rotate if client.rotates else _reuse)(presented, request, client, now)


def first(authorization: Authorization, handle: Handle, confirmation: Confirmation, now: datetime) -> RefreshToken:
    """The token that begins the family of an authorization. `confirmation`: what all of the family are bound to."""
    return RefreshToken(
        key=handles.key(handle),
        authorization_id=authorization.id,
        client_id=authorization.client_id,
        generation=0,
        scope=authorization.scope,
        expires=_expires(authorization, now),
        confirmation=confirmation,
    )


def _rotate(presented: Handle, request: TokenRequest, client: Client, now: datetime) -> Issuance:
    token = store().refresh_tokens.consume(handles.key(presented), client.client_id, now)
    if token is None:
        return _again(presented, request, client, now)
    _check_sender(token, request)
    authorization = _authorization(token.authorization_id, now)
    successor = next(_successors(presented))
    issuance = _issuance(request, token, authorization, successor)
    store().refresh_tokens.add(_successor(token, successor, authorization, now))
    return issuance


def _again(presented: Handle, request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """A spent token: an honest retry gets the successor that is waiting for it, anything else ends the family."""
    token = store().refresh_tokens.get(handles.key(presented), client.client_id)
    if token is None or token.spent_at is None:
        raise InvalidGrant(REFUSED)
    # Before it counts as a replay: who saw the token, and has not its key, cannot end the family.
    _check_sender(token, request)
    authorization = _authorization(token.authorization_id, now)
    successor = _waiting(presented, client, now) if _is_retry(token.spent_at, now) else None
    if successor is None:
        raise Replayed(REFUSED, authorization)
    return _issuance(request, token, authorization, successor)


def _waiting(presented: Handle, client: Client, now: datetime) -> Handle | None:
    """The successor, as long as nobody used it."""
    for successor in _successors(presented):
        token = store().refresh_tokens.get(handles.key(successor), client.client_id)
        if token is not None:
            return successor if token.spent_at is None and now < token.expires else None
    return None


def _reuse(presented: Handle, request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """A client that authenticates keeps its token (RFC 9700 §4.14.2 asks rotation of public clients alone)."""
    token = store().refresh_tokens.get(handles.key(presented), client.client_id)
    if token is None or token.spent_at is not None or token.expires <= now:
        raise InvalidGrant(REFUSED)
    _check_sender(token, request)
    authorization = _authorization(token.authorization_id, now)
    expires = _expires(authorization, now)
    if expires - token.expires >= EXTEND_EVERY:
        store().refresh_tokens.extend(token.key, expires)
    return _issuance(request, token, authorization)


def _issuance(
    request: TokenRequest, token: RefreshToken, authorization: Authorization, told: Handle | None = None
) -> Issuance:
    """All that was granted, or what the request asks of it: for this access token alone, the next has the whole again
    (RFC 6749 §6, RFC 8707 §2.2)."""
    return Issuance(
        authorization=authorization,
        scope=narrowed(request.scope, token.scope),
        resource=resources.narrowed(request.resource, authorization.resource),
        refresh_token=told,
    )


def _presented(request: TokenRequest) -> Handle:
    handle = handles.parse(request.needed("refresh_token"))
    if handle is None:
        raise InvalidGrant(REFUSED)
    return handle


def _check_sender(token: RefreshToken, request: TokenRequest) -> None:
    if not token.confirmation.is_shown_by(request.confirmation):
        raise InvalidGrant("the refresh token is bound to a key, which the request does not show")


def _authorization(authorization_id: str, now: datetime) -> Authorization:
    authorization = store().authorizations.get(authorization_id, now)
    if authorization is None:
        raise InvalidGrant(REFUSED)
    return authorization


def _successors(presented: Handle) -> Iterator[Handle]:
    """What replaces a token: under the pepper in use, then under those before it."""
    region = conf().region
    for pepper in settings.PEPPERS.values():
        derived = hmac.digest(pepper, b"refresh_token " + presented.encode(), "sha256")
        yield Handle(f"{region}.{base64.urlsafe_b64encode(derived).rstrip(b'=').decode()}")


def _successor(token: RefreshToken, handle: Handle, authorization: Authorization, now: datetime) -> RefreshToken:
    """It has the whole scope of its predecessor: a request that asked for less narrowed its access token alone."""
    return replace(
        token,
        key=handles.key(handle),
        generation=token.generation + 1,
        expires=_expires(authorization, now),
        spent_at=None,
    )


def _expires(authorization: Authorization, now: datetime) -> datetime:
    return min(now + timedelta(seconds=conf().refresh_token_idle), authorization.expires)


def _is_retry(spent_at: datetime, now: datetime) -> bool:
    """With the clocks' margin, since another node may have spent the token; never where retries are forbidden, though
    `now` lies before `spent_at` where a request read its clock and then waited for the row."""
    allowed = timedelta(seconds=conf().refresh_retry)
    return bool(allowed) and now - spent_at < allowed + CLOCK_MARGIN
