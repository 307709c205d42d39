"""Resource indicators (RFC 8707): which protected resources a client may ask tokens for, and what such a token says.

A client's scope is its permission: it may ask for a resource of which it may have at least one scope.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from tokens.protocol import access_token, kept, permission, scopes
from tokens.protocol.reasons import refusal
from tokens.protocol.records import OFFLINE_ACCESS, Client, Resource, TokenFormat
from tokens.protocol.scopes import OPENID

MAX_RESOURCES = 10
_NO_PATH = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?]+)(\?.*)?")


def parse(text: str | None) -> tuple[str, ...]:
    """The identifiers of a request's parameter. Raises InvalidTarget for too many."""
    identifiers = tuple(dict.fromkeys(text.split(" "))) if text else ()
    if len(identifiers) > MAX_RESOURCES:
        raise refusal("resources_too_many", most=MAX_RESOURCES)
    return identifiers


def canonical(identifier: str) -> str:
    """One spelling for identifiers that are equal: an empty path is `/` (RFC 3986 §6.2.3)."""
    found = _NO_PATH.fullmatch(identifier)
    return f"{found[1]}/{found[2] or ''}" if found else identifier


def spellings(identifier: str) -> set[str]:
    """All that are equal to it."""
    whole = canonical(identifier)
    without = (whole.removesuffix("/"), whole.replace("/?", "?", 1))
    return {whole, *(each for each in without if canonical(each) == whole)}


def chosen(identifiers: Collection[str], among: Collection[str]) -> tuple[str, ...]:
    """The identifiers, spelled as `among` those that may be asked for. Raises InvalidTarget for any other, in the same
    words whether or not a resource exists."""
    spelled = {canonical(each): each for each in among}
    wanted = dict.fromkeys(map(canonical, identifiers))
    if not wanted.keys() <= spelled.keys():
        raise refusal("resource_refused")
    return tuple(spelled[each] for each in wanted)


def named(resource: Collection[str], audience: Collection[str], among: Collection[str]) -> tuple[str, ...]:
    """What a request names by `resource`, or by the `audience` that others know for it. An audience that is none of
    `among` is as unknown as any other parameter, and ignored (RFC 6749 §3.2). Raises InvalidTarget as `chosen`."""
    known = {canonical(each) for each in among}
    return chosen((*resource, *(each for each in audience if canonical(each) in known)), among)


def narrowed(resource: Collection[str], audience: Collection[str], granted: tuple[str, ...]) -> tuple[str, ...]:
    """What a token request that names these gets of the resources that were granted: all where it names none (§2.2).
    Raises InvalidTarget for more."""
    return named(resource, audience, granted) or granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What a request may have: scopes as `permission` writes them, and what they are for: no resource is ourselves."""

    scope: tuple[str, ...]
    resource: tuple[str, ...]


def entitlement(names: Collection[str] | None, identifiers: tuple[str, ...], client: Client) -> Entitlement:
    """What of these scopes at these resources the client may have. Where no resource is named, it is the one whose
    scopes are asked for (RFC 9068 §3), else the client's default. `names`: None where none was said, for all scopes of
    APIs that the client may have there: our own are of people.

    Raises InvalidScope where nothing is left, or where two resources could be meant; InvalidTarget for a default that
    the client may not have."""
    held = permission.of_apis(client.scope) if names is None else scopes.granted(names, client.scope)
    theirs = permission.resources(held)
    by_default = client.default_resource if names is None or not theirs else ()
    named_or_default = chosen(identifiers or by_default, permission.resources(client.scope))
    resource = named_or_default or _only(theirs)
    scope = permission.at(held, resource)
    if names and not scope:
        raise refusal("scope_none_left")
    return Entitlement(scope=scope, resource=resource)


def _only(identifiers: tuple[str, ...]) -> tuple[str, ...]:
    if len(identifiers) > 1:
        one, other, *more = identifiers
        others = ", and of others" if more else ""
        raise refusal("scope_of_several", one=one, other=other, others=others)
    return identifiers


def narrowed_scope(
    requested: str | None, granted: tuple[str, ...], resource: tuple[str, ...], client: Client
) -> tuple[str, ...]:
    """What a refresh that asks for `requested` gets of what was granted for these resources: all of it where it does
    not ask (RFC 6749 §6). What was dropped from the authorization request is dropped again, since many repeat their
    first scope. Raises InvalidScope for more than was granted of what the client may have."""
    if requested is None:
        return granted
    may_have = dict.fromkeys((*granted, *permission.at(client.scope, resource)))
    if client.skip_consent and OFFLINE_ACCESS not in granted:
        may_have.pop(OFFLINE_ACCESS, None)
    asked = scopes.granted(scopes.parse(requested), may_have)
    if not asked:
        raise refusal("scope_none_left")
    held = permission.names(granted)
    if more := [each for each in asked if permission.name(each) not in held]:
        raise refusal("scope_exceeds", came=permission.names(more), right=held)
    # Of a name that several of the resources have, only those that were granted.
    return tuple(each for each in asked if each in granted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an access token is for, and what that makes of it."""

    audience: tuple[str, ...]
    scope: tuple[str, ...]
    """By name."""
    token_format: TokenFormat
    alg: str
    """Empty where nobody signs it, and so is `typ`."""
    typ: str


def target(
    identifiers: tuple[str, ...],
    granted: tuple[str, ...],
    client: Client,
    registered: Collection[Resource],
    issuer: str,
    alg: str,
) -> Target:
    """Of a token for these resources, with what was granted of scope and the client may have now. `registered`: those
    of them that there are; `alg`: what signs a token for only ourselves. Raises InvalidTarget for what the client may
    not have (any more), or not in one token, and InvalidGrant where nothing of what was granted is left."""
    if frozenset(identifiers) != frozenset(kept.resource((each.identifier for each in registered), granted, client)):
        raise refusal("resource_refused")
    held = kept.scope(granted, client)
    if granted and not held:
        raise refusal("grant_taken")
    names = scope(held, registered)
    if held and not names:
        raise refusal("resources_share_scopes")
    token_format, alg, typ = form(registered, alg)
    aud = audience(identifiers, names, issuer)
    return Target(audience=aud, scope=names, token_format=token_format, alg=alg, typ=typ)


def scope(granted: tuple[str, ...], registered: Collection[Resource]) -> tuple[str, ...]:
    """The names of what was granted that a token for these resources carries: our own, and those that exactly one of
    them has. A name of two would open both, whichever the client was given it for."""
    known = Counter(name for resource in registered for name in resource.scope)
    theirs = {each for resource in registered for each in resource.permissions if known[permission.name(each)] == 1}
    return permission.names(each for each in granted if each in theirs or permission.resource(each) is None)


def audience(identifiers: tuple[str, ...], granted: Collection[str], issuer: str) -> tuple[str, ...]:
    """`aud` (RFC 9068 §3): the resources; ourselves where there is none, and along with them for userinfo."""
    ours = (issuer,) if not identifiers or OPENID in granted else ()
    return tuple(dict.fromkeys((*identifiers, *ours)))


def form(registered: Collection[Resource], alg: str) -> tuple[TokenFormat, str, str]:
    """The format of a token for these resources, what signs it, and the typ of its header: one token has one of each.
    Raises InvalidTarget where they want it differently."""
    wanted = {_form(resource) for resource in registered} or {("jwt", alg, access_token.TYPS[0])}
    if len(wanted) > 1:
        raise refusal("resources_differ")
    return wanted.pop()


def _form(resource: Resource) -> tuple[TokenFormat, str, str]:
    """Nobody signs an opaque token: algorithm and header make no difference."""
    if resource.access_token_format != "jwt":  # noqa: S105 the name of a form
        return "opaque", "", ""
    return "jwt", resource.access_token_signed_response_alg, resource.access_token_typ
