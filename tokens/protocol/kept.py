"""What is left of what was granted: what of it the client may have now. A scope that is taken from a client is taken
from what it holds already, too; the person's yes stays, so that what is given back works again."""

from collections.abc import Iterable, Mapping
from typing import Any

from tokens.protocol import permission
from tokens.protocol.records import Authorization, Client
from tokens.protocol.scopes import OPENID


def scope(granted: Iterable[str], client: Client) -> tuple[str, ...]:
    """Of the scopes those that the client may have, each as `permission` writes it."""
    may_have = frozenset(client.scope)
    return tuple(each for each in granted if each in may_have)


def resource(identifiers: Iterable[str], granted: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """Of the resources: those with one of the scopes that were granted there; one that was named without any, as long
    as the client may ask for it."""
    had, has = permission.resources(granted), permission.resources(scope(granted, client))
    may_ask = permission.resources(client.scope)
    return tuple(each for each in identifiers if each in (has if each in had else may_ask))


def refresh_token(granted: Iterable[str], authorization: Authorization, client: Client) -> tuple[str, ...]:
    """What is left of the scope that a refresh token was given. Empty where its client could not use it."""
    return scope(granted, client) if authorization.may_be_refreshed(client) else ()


def is_left(authorization: Authorization, client: Client, issuer: str) -> bool:
    """Whether any token of the authorization could be worth something: the access token for all that was granted, or
    one of the family, which brings another access token."""
    names = permission.names(permission.at(authorization.scope, authorization.resource))
    ours = (issuer,) if OPENID in names or not authorization.resource else ()
    widest = {"aud": [*authorization.resource, *ours], "scope": " ".join(names)}
    if access_token(widest, authorization, client, issuer) is not None:
        return True
    return authorization.family is not None and bool(refresh_token(authorization.scope, authorization, client))


def access_token(
    claims: Mapping[str, Any], authorization: Authorization | None, client: Client, issuer: str
) -> Mapping[str, Any] | None:
    """What an access token that was issued says now: `scope` and `aud` without what was taken since. None where it
    opens nothing any more. `authorization`: None where nobody signed in."""
    granted = authorization.scope if authorization is not None else client.scope
    said = [claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"]
    names = claims.get("scope", "").split()
    theirs = resource((each for each in said if each != issuer), granted, client)
    held = permission.names(permission.at(scope(granted, client), theirs))
    left = [each for each in names if each in held]
    ours = (issuer,) if issuer in said and (OPENID in left or not theirs) else ()
    audience = [*theirs, *ours]
    if not audience or (names and not left):
        return None
    if (audience, left) == (said, names):
        return claims
    return {**claims, "aud": audience, "scope": " ".join(left)}
