"""Resource indicators (RFC 8707): which protected resources a client may ask tokens for, and what such a token says.

A client's scope is its permission: it may ask for a resource of which it may have at least one scope.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client, Resource, TokenFormat
from tokens.protocol.scopes import OPENID, SUPPORTED

MAX_RESOURCES = 10
ALG = "ES256"
"""What signs a token for only ourselves."""


def parse(text: str | None) -> tuple[str, ...]:
    """The identifiers of a request's parameter. Raises InvalidTarget for too many."""
    identifiers = tuple(dict.fromkeys(text.split(" "))) if text else ()
    if len(identifiers) > MAX_RESOURCES:
        raise refusal("resources_too_many", most=MAX_RESOURCES)
    return identifiers


def allowed(identifiers: Collection[str], client: Client, registered: Collection[Resource]) -> tuple[str, ...]:
    """The identifiers, if the client may have all of them; `registered` are those of them that exist. Raises
    InvalidTarget, in the same words whether or not a resource exists."""
    may_have = {each.identifier for each in registered if not frozenset(each.scope).isdisjoint(client.scope)}
    if not frozenset(identifiers) <= may_have:
        raise refusal("resource_refused")
    return tuple(identifiers)


def narrowed(identifiers: Collection[str], granted: tuple[str, ...]) -> tuple[str, ...]:
    """What a token request for these gets of what was granted: all of it where it names none (§2.2). Raises
    InvalidTarget for more."""
    if not identifiers:
        return granted
    if not frozenset(identifiers) <= frozenset(granted):
        raise refusal("resource_refused")
    return tuple(identifiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an access token is for, and what that makes of it."""

    audience: tuple[str, ...]
    scope: tuple[str, ...]
    token_format: TokenFormat
    alg: str
    """Empty where nobody signs it."""


def target(
    identifiers: tuple[str, ...],
    granted: tuple[str, ...],
    client: Client,
    registered: Collection[Resource],
    issuer: str,
) -> Target:
    """Of a token for these resources, with what was granted of scope. `registered` as in `allowed`. Raises
    InvalidTarget for what the client may not have (any more), or not in one token."""
    allowed(identifiers, client, registered)
    names = scope(granted, registered)
    token_format, alg = form(registered)
    return Target(audience=audience(identifiers, names, issuer), scope=names, token_format=token_format, alg=alg)


def scope(granted: tuple[str, ...], registered: Collection[Resource]) -> tuple[str, ...]:
    """The part of what was granted that a token for these resources carries: theirs, and our own."""
    if not registered:
        return granted
    theirs = frozenset(name for resource in registered for name in resource.scope)
    return tuple(name for name in granted if name in theirs or name in SUPPORTED)


def audience(identifiers: tuple[str, ...], granted: Collection[str], issuer: str) -> tuple[str, ...]:
    """`aud` (RFC 9068 §3): the resources; ourselves where there is none, and along with them for userinfo."""
    ours = (issuer,) if not identifiers or OPENID in granted else ()
    return tuple(dict.fromkeys((*identifiers, *ours)))


def form(registered: Collection[Resource]) -> tuple[TokenFormat, str]:
    """The format of a token for these resources, and what signs it: one token has one. Raises InvalidTarget where they
    want it differently."""
    wanted = {_form(resource) for resource in registered} or {("jwt", ALG)}
    if len(wanted) > 1:
        raise refusal("resources_differ")
    return wanted.pop()


def _form(resource: Resource) -> tuple[TokenFormat, str]:
    """Nobody signs an opaque token: the algorithm makes no difference."""
    name = resource.access_token_format
    return name, resource.access_token_signed_response_alg if name == "jwt" else ""
