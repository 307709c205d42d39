"""Resource indicators (RFC 8707): which protected resources a client may ask tokens for, and what such a token says.

A client's scope is its permission: it may ask for a resource of which it may have at least one scope.
"""

from collections.abc import Collection

from tokens.protocol.errors import InvalidTarget
from tokens.protocol.records import Client, Resource, TokenFormat
from tokens.protocol.scopes import OPENID, SUPPORTED

MAX_RESOURCES = 10
REFUSED = "a resource is not one that this client may ask for"
ALG = "ES256"
"""What signs a token for ourselves alone."""


def parse(text: str | None) -> tuple[str, ...]:
    """The identifiers of a request's parameter. Raises InvalidTarget for too many."""
    asked = tuple(dict.fromkeys(text.split(" "))) if text else ()
    if len(asked) > MAX_RESOURCES:
        raise InvalidTarget(f"more than {MAX_RESOURCES} resources")
    return asked


def allowed(asked: Collection[str], client: Client, found: Collection[Resource]) -> tuple[str, ...]:
    """What was asked for, if the client may have all of it; `found` is what there is of it. Raises InvalidTarget, in
    the same words whether or not a resource exists."""
    may_have = {resource.identifier for resource in found if not frozenset(resource.scope).isdisjoint(client.scope)}
    if not frozenset(asked) <= may_have:
        raise InvalidTarget(REFUSED)
    return tuple(asked)


def narrowed(asked: Collection[str], given: tuple[str, ...]) -> tuple[str, ...]:
    """What a token request for `asked` gets of what was given: all of it where it does not ask (§2.2). Raises
    InvalidTarget for more."""
    if not asked:
        return given
    if not frozenset(asked) <= frozenset(given):
        raise InvalidTarget(REFUSED)
    return tuple(asked)


def scope(granted: tuple[str, ...], found: Collection[Resource]) -> tuple[str, ...]:
    """The part of what was granted that a token for these resources carries: theirs, and our own."""
    if not found:
        return granted
    theirs = frozenset(name for resource in found for name in resource.scope)
    return tuple(name for name in granted if name in theirs or name in SUPPORTED)


def audience(identifiers: tuple[str, ...], granted: Collection[str], issuer: str) -> tuple[str, ...]:
    """`aud` (RFC 9068 §3): the resources; ourselves where there is none, and beside them for userinfo."""
    ours = (issuer,) if not identifiers or OPENID in granted else ()
    return tuple(dict.fromkeys((*identifiers, *ours)))


def form(found: Collection[Resource]) -> tuple[TokenFormat, str]:
    """The format of a token for these resources, and what signs it: one token has one. Raises InvalidTarget where they
    want it differently."""
    wanted = {_form(resource) for resource in found} or {("jwt", ALG)}
    if len(wanted) > 1:
        raise InvalidTarget("these resources want different kinds of tokens: ask for one at a time")
    return wanted.pop()


def _form(resource: Resource) -> tuple[TokenFormat, str]:
    """Nobody signs an opaque token: whatever stands there makes no difference."""
    name = resource.access_token_format
    return name, resource.access_token_signed_response_alg if name == "jwt" else ""
