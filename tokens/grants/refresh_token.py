"""refresh_token (RFC 6749 §6), rotated as RFC 9700 §4.14.2 has it, with a retry that gives the same successor.

A successor is derived from the token that it replaces, so that it can be told again to a client that lost the answer,
though only hashes are stored. A second use after the retry time, or once the successor was used, ends the family. Only
the last two tokens of a family have a row: of any before them the MAC says that it was one of ours, and so spent.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from tokens.conf import conf, minter
from tokens.protocol import handles, kept, refresh_token, resources
from tokens.protocol.errors import OAuthError, Replayed
from tokens.protocol.handles import Handle, Key
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Authorization, Client, Confirmation, Issuance, RefreshToken
from tokens.protocol.refresh_token import Generation
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store
from tokens.verifier import authorization_of_family

EXTEND_EVERY = timedelta(minutes=5)


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """Raises Replayed where a token is used again that was replaced before."""
    presented = _presented(request)
    return (_rotate if client.rotates else _reuse)(presented, request, client, now)


def begin(
    authorization: Authorization, shown: Sequence[str], confirmation: Confirmation, now: datetime
) -> tuple[Authorization, RefreshToken, Handle]:
    """A family for the authorization: this with the family's digest, the first token's record, and what the client is
    given. `shown`: what the client redeems, of which each try begins the same family: who loses an exchange may write
    its authorization after the winner. `confirmation`: what all of the family are bound to."""
    generation = refresh_token.begin(authorization.id, authorization.client_id, shown, minter())
    first = RefreshToken(
        key=generation.key,
        authorization_id=authorization.id,
        client_id=authorization.client_id,
        generation=0,
        scope=authorization.scope,
        expires=_expires(authorization, now),
        confirmation=confirmation,
    )
    return replace(authorization, family=generation.family(confirmation)), first, generation.text


def _rotate(presented: Generation, request: TokenRequest, client: Client, now: datetime) -> Issuance:
    token = store().refresh_tokens.consume(presented.key, client.client_id, now)
    if token is None:
        return _again(presented, request, client, now)
    _check_sender(token, request)
    authorization = _authorization(token.authorization_id, now)
    successor = next(refresh_token.successors(presented, client.client_id, settings.PEPPERS)).text
    issuance = _issuance(request, client, token, authorization, successor)
    store().refresh_tokens.add(_successor(token, successor, authorization, now), _done_with(presented, client))
    return issuance


def _done_with(spent: Generation, client: Client) -> Key | None:
    """The token before the one that was just spent: nobody can retry it any more, and its MAC alone says that it is a
    replay. So a family has two rows, however often it is refreshed."""
    before = refresh_token.predecessor(spent, client.client_id, settings.PEPPERS)
    return before.key if before is not None else None


def _again(presented: Generation, request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """A spent token: an honest retry gets the successor that is waiting for it, anything else ends the family."""
    token = store().refresh_tokens.get(presented.key, client.client_id)
    if token is None:
        raise _refusal(presented, request, client, now)
    if token.spent_at is None:
        raise refusal("refresh_token_unknown")
    # Before it counts as a replay: who saw the token, and has not its key, cannot end the family.
    _check_sender(token, request)
    authorization = _authorization(token.authorization_id, now)
    successor = _waiting(presented, client, now) if _is_retry(token.spent_at, now) else None
    if successor is None:
        raise Replayed(refusal("refresh_token_unknown"), authorization)
    return _issuance(request, client, token, authorization, successor)


def _refusal(presented: Generation, request: TokenRequest, client: Client, now: datetime) -> OAuthError:
    """Of a token without a row: a replay where it was spent and swept; who made a text up ends nothing."""
    authorization = authorization_of_family(presented, request.confirmation, client, now)
    unknown = refusal("refresh_token_unknown")
    return Replayed(unknown, authorization) if authorization is not None else unknown


def _waiting(presented: Generation, client: Client, now: datetime) -> Handle | None:
    """The successor, as long as nobody used it."""
    for successor in refresh_token.successors(presented, client.client_id, settings.PEPPERS):
        token = store().refresh_tokens.get(successor.key, client.client_id)
        if token is not None:
            return successor.text if token.spent_at is None and now < token.expires else None
    return None


def _reuse(presented: Generation, request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """A client that authenticates keeps its token (RFC 9700 §4.14.2 asks rotation only of public clients)."""
    token = store().refresh_tokens.get(presented.key, client.client_id)
    if token is None or token.spent_at is not None or token.expires <= now:
        raise refusal("refresh_token_unknown")
    _check_sender(token, request)
    authorization = _authorization(token.authorization_id, now)
    issuance, expires = _issuance(request, client, token, authorization), _expires(authorization, now)
    is_due = expires - token.expires >= EXTEND_EVERY
    return replace(issuance, extended=replace(token, expires=expires)) if is_due else issuance


def _issuance(
    request: TokenRequest,
    client: Client,
    token: RefreshToken,
    authorization: Authorization,
    successor: Handle | None = None,
) -> Issuance:
    """All that was granted, or what the request asks of it: only for this access token, the next has the whole again
    (RFC 6749 §6, RFC 8707 §2.2)."""
    if not authorization.may_be_refreshed(client):
        raise refusal("offline_access_taken")
    left = kept.resource(authorization.resource, authorization.scope, client)
    return Issuance(
        authorization=authorization,
        scope=resources.narrowed_scope(request.scope, token.scope, authorization.resource, client),
        resource=resources.narrowed(request.resource, request.audience, left),
        refresh_token=successor,
    )


def _presented(request: TokenRequest) -> Generation:
    generation = refresh_token.parse(request.needed("refresh_token"))
    if generation is None:
        raise refusal("refresh_token_unknown")
    return generation


def _check_sender(token: RefreshToken, request: TokenRequest) -> None:
    if not token.confirmation.is_shown_by(request.confirmation):
        raise refusal("refresh_token_key")


def _authorization(authorization_id: str, now: datetime) -> Authorization:
    authorization = store().authorizations.get(authorization_id, now)
    if authorization is None:
        raise refusal("refresh_token_unknown")
    return authorization


def _successor(token: RefreshToken, handle: Handle, authorization: Authorization, now: datetime) -> RefreshToken:
    """It has the whole scope of its predecessor: a request that asked for less narrowed only its access token."""
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
    """Both instants are the database's, whichever node noted them. Never where retries are forbidden, though `now` lies
    before `spent_at` where a request read its clock and then waited for the row."""
    allowed = timedelta(seconds=conf().refresh_retry)
    return bool(allowed) and now - spent_at < allowed
