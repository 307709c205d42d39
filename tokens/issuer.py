"""The mint: the only place where tokens are made."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.claims import person_of
from tokens.conf import conf, minter
from tokens.keys import signer
from tokens.protocol import access_token, claims, handles, id_token, resources
from tokens.protocol.reasons import refusal
from tokens.protocol.records import AccessToken, Authorization, Client, Issuance, TokenFormat
from tokens.protocol.resources import Target
from tokens.protocol.scopes import OPENID
from tokens.protocol.subject import subject
from tokens.stores import store

logger = logging.getLogger(__name__)

Claims = Mapping[str, object]


def issue(issuance: Issuance, client: Client, now: datetime, writing: "Writing | None" = None) -> dict[str, object]:
    """The token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). `writing`: where nothing is issued, what takes
    the tokens' content instead. Raises InvalidTarget for resources that the client may not have (any more), or not in
    one token, and InvalidGrant for a person who may not use it (any more)."""
    writing = writing or WRITING
    target = _target(issuance, client)
    of_person = _of_person(issuance.authorization, client, target)
    expires = _expires(target.token_format, issuance.authorization, now)
    content = _access_token(issuance, client, target, expires, now)
    token = writing.access_token[target.token_format](content, target, expires)
    answer: dict[str, object] = {
        **issuance.members,
        "access_token": token,
        "token_type": issuance.confirmation.token_type,
        "expires_in": int((expires - now).total_seconds()),
    }
    if target.scope:
        answer["scope"] = " ".join(target.scope)
    if issuance.refresh_token is not None:
        answer["refresh_token"] = issuance.refresh_token
    if issuance.authorization is not None and OPENID in target.scope:
        identity = _id_token(issuance.authorization, client, issuance.nonce, token, now)
        whole = _with_claims(identity, of_person, issuance.authorization, client)
        answer["id_token"] = writing.id_token(whole, client.id_token_signed_response_alg)
    return answer


def _target(issuance: Issuance, client: Client) -> Target:
    """By what is true of the resources as the request comes, not by what was true when they were granted."""
    registered = client.resources_named(issuance.resource)
    alg = conf().access_token_signed_response_alg
    return resources.target(issuance.resource, issuance.scope, client, registered, settings.ISSUER, alg)


def _of_person(authorization: Authorization | None, client: Client, target: Target) -> Claims:
    """What the ID token says of the person beyond their `sub`, by what is true of them now. Raises InvalidGrant where
    the person may not use the client (any more), whatever the grant."""
    if authorization is None:
        return {}
    told = claims.in_id_token(authorization, target.scope, client) if OPENID in target.scope else {}
    if not told and not client.allowed_groups:
        return {}
    person = person_of(authorization.subject)
    if person is None:
        raise refusal("account_closed")
    if not client.is_for(person.groups):
        raise refusal("grant_of_excluded_person")
    return claims.values(told, person, client)


def _expires(token_format: TokenFormat, authorization: Authorization | None, now: datetime) -> datetime:
    lifetimes: Mapping[TokenFormat, int] = {
        "jwt": conf().access_token_lifetime,
        "opaque": conf().opaque_token_lifetime,
    }
    expires = now + timedelta(seconds=lifetimes[token_format])
    return min(expires, authorization.expires) if authorization is not None else expires


def _access_token(
    issuance: Issuance, client: Client, target: Target, expires: datetime, now: datetime
) -> dict[str, object]:
    authorization = issuance.authorization
    for_userinfo = authorization is not None and OPENID in target.scope
    return access_token.claims(
        authorization,
        issuer=settings.ISSUER,
        audience=target.audience,
        subject=_subject(authorization, client) if authorization is not None else client.client_id,
        client_id=client.client_id,
        scope=target.scope,
        jti=minter().mint(),
        expires=expires,
        now=now,
        userinfo_alg=client.userinfo_signed_response_alg if for_userinfo else "",
        confirmation=issuance.confirmation,
        more=issuance.claims,
    )


def _jwt(claims: Claims, target: Target, expires: datetime) -> str:
    token = signer().sign(claims, typ=target.typ, alg=target.alg)
    if len(token) > access_token.MAX_LENGTH:
        # Nobody could show it, and we would not know it again: not even to revoke it.
        raise refusal("token_too_long", most=access_token.MAX_LENGTH)
    return token


def _opaque(claims: Claims, target: Target, expires: datetime) -> str:
    handle = minter().mint()
    store().access_tokens.add(AccessToken(key=handles.key(handle), claims=claims, expires=expires))
    return handle


WRITTEN_AS: Mapping[TokenFormat, Callable[[Claims, Target, datetime], str]] = {"jwt": _jwt, "opaque": _opaque}


def _signed_id_token(claims: Claims, alg: str) -> str:
    return signer().sign(claims, typ=id_token.TYP, alg=alg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How what tokens say becomes tokens."""

    access_token: Mapping[TokenFormat, Callable[[Claims, Target, datetime], str]]
    id_token: Callable[[Claims, str], str]


WRITING = Writing(access_token=WRITTEN_AS, id_token=_signed_id_token)


def _id_token(
    authorization: Authorization, client: Client, nonce: str | None, token: str, now: datetime
) -> dict[str, object]:
    return id_token.claims(
        authorization,
        issuer=settings.ISSUER,
        subject=_subject(authorization, client),
        sid=authorization.told_sid,
        nonce=nonce,
        access_token=token,
        alg=client.id_token_signed_response_alg,
        lifetime=timedelta(seconds=conf().id_token_lifetime),
        now=now,
    )


def _with_claims(identity: Claims, of_person: Claims, authorization: Authorization, client: Client) -> Claims:
    """What it has no room for, userinfo tells."""
    wanted, groups = authorization.claims.id_token, claims.of_groups(client)
    whole, left_out = id_token.with_claims_of_person(identity, of_person, wanted=wanted, groups=groups)
    if left_out:
        logger.warning("client %s: an ID token had no room for %s", client.client_id, ", ".join(left_out))
    return whole


def _subject(authorization: Authorization, client: Client) -> str:
    """The person, as this client is told."""
    return subject(client, authorization.subject, settings.PAIRWISE_SALT)
