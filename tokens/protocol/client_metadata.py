"""Client metadata (RFC 7591 §2; OpenID Connect Registration §2): the table of its members, as JSON and back, and what
forbids registering a client, each fault with the member that has it."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from tokens.protocol import claims_mapping, jwks, members, permission, resources, scopes
from tokens.protocol.authorization_request import RESPONSE_TYPES
from tokens.protocol.client_authentication import METHODS, PRIVATE_KEY_JWT
from tokens.protocol.client_identity import need_not_ask
from tokens.protocol.member_types import Terms, shown
from tokens.protocol.records import Client, Resource
from tokens.protocol.response_modes import RESPONSE_MODES, can_carry

AUTHORIZATION_CODE = "authorization_code"
CLIENT_CREDENTIALS = "client_credentials"
MEMBERS = members.members_of(Client)
KEPT = ("logo",)
"""Texts of the record that nobody says: they follow from members, and are stored with them."""
MAX_METADATA = 128 * 1024
"""Bytes of all members as JSON. With what a request has to know of its resources, a client is one record of a store,
and one of DynamoDB's has 400 KB at the most."""
SUPPORTED_CHOICES: Mapping[str, Collection[str]] = {
    "token_endpoint_auth_method": METHODS,
    "response_types": RESPONSE_TYPES,
    "response_modes": RESPONSE_MODES,
}
"""What a choice is among, where its line in the record does not say it. The grants are known above: who offers a choice
of `grant_types` takes them from `tokens.grants.GRANTS`, and the token endpoint refuses any other."""


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """The record's values for those members that the JSON object has. Raises `members.Unreadable`."""
    return members.read(MEMBERS, document)


def load(document: Mapping[str, Any]) -> dict[str, Any]:
    """The record's values for what `write` or `stored` made."""
    return members.load(MEMBERS, document) | {name: document[name] for name in KEPT if name in document}


def write(client: Client) -> dict[str, Any]:
    """All members as a JSON object."""
    return members.write(MEMBERS, client)


def stored(client: Client) -> dict[str, Any]:
    """The same with what follows from them, and is stored with them."""
    return write(client) | {name: getattr(client, name) for name in KEPT}


def of_registered(values: Mapping[str, Any], registered: Collection[Resource]) -> dict[str, Any]:
    """The record's values, with scopes and resources as the registered resources write them: a scope may be typed in
    by its name alone where one resource has it, and an identifier as its equal. `faults` tells of all others."""
    permissions = [each for resource in registered for each in resource.permissions]
    spelled = {resources.canonical(each.identifier): each.identifier for each in registered}
    scope = [_permission(each, permissions) for each in values.get("scope", ())]
    default = [spelled.get(resources.canonical(each), each) for each in values.get("default_resource", ())]
    found = {"scope": scope, "default_resource": default}
    return {**values, **{name: tuple(dict.fromkeys(found[name])) for name in found.keys() & values.keys()}}


def _permission(text: str, permissions: Collection[str]) -> str:
    if text in scopes.SUPPORTED or text in permissions:
        return text
    theirs = scopes.granted([text], permissions)
    return theirs[0] if len(theirs) == 1 else text


def faults(client: Client, *, http_loopback: bool, registered: Collection[Resource] = ()) -> Iterator[tuple[str, str]]:
    """The member at fault and a sentence, for all faults at once. `http_loopback` as in `redirect_uris.faults`;
    `registered`: the resources that there are, whose scopes a client may have."""
    terms = Terms(client.application_type, http_loopback)
    for member in MEMBERS.values():
        for fault in member.type.faults(getattr(client, member.name), terms):
            yield member.name, fault
    yield from _offer_faults(client)
    yield from _grant_faults(client)
    yield from _mode_faults(client)
    yield from _scope_faults(client, registered)
    yield from _keys_faults(client)
    yield from _subject_faults(client)
    yield from _mapping_faults(client)
    yield from _size_faults(client)
    if client.backchannel_logout_uri and not client.for_people:
        yield "backchannel_logout_uri", "a client where nobody signs in has no sessions that could end"
    if client.public and client.rotate_refresh_tokens is False:
        # RFC 9700 §2.2.2.
        yield "rotate_refresh_tokens", "a client without a secret of its own must have its refresh tokens replaced"
    if client.public and client.pkce != "required":
        # RFC 9700 §2.1.1.
        yield "pkce", "is required of a client without a secret or a key of its own"
    if client.skip_consent and not all(need_not_ask(client, uri) for uri in client.redirect_uris):
        # RFC 8252 §8.6.
        yield "skip_consent", "a native client must ask, unless all its redirect URIs are https: any program can be it"


def sector_faults(client: Client, document: list[object]) -> Iterator[str]:
    """What is wrong with what the client's `sector_identifier_uri` answered (OpenID Connect Registration §5)."""
    for uri in client.redirect_uris:
        if uri not in document:
            yield f"what it answers does not hold {shown(uri)}"


def _offer_faults(client: Client) -> Iterator[tuple[str, str]]:
    for name, supported in SUPPORTED_CHOICES.items():
        value = getattr(client, name)
        for chosen in (value,) if isinstance(value, str) else value:
            if chosen not in supported:
                yield name, f"{shown(chosen)} is not one of {', '.join(supported)}"


def _grant_faults(client: Client) -> Iterator[tuple[str, str]]:
    """RFC 7591 §2.1, and §2 for `redirect_uris`."""
    if (AUTHORIZATION_CODE in client.grant_types) != ("code" in client.response_types):
        yield "response_types", f"code is for the grant type {AUTHORIZATION_CODE}, which needs it"
    if AUTHORIZATION_CODE in client.grant_types and not client.redirect_uris:
        yield "redirect_uris", "a client where people sign in needs at least one redirect URI"
    if CLIENT_CREDENTIALS in client.grant_types and client.public:
        yield "grant_types", f"{CLIENT_CREDENTIALS} is for clients that authenticate (RFC 6749 §4.4)"
    if AUTHORIZATION_CODE not in client.grant_types and client.redirect_uris:
        yield "redirect_uris", "a client where nobody signs in has no redirect URIs"


def _mode_faults(client: Client) -> Iterator[tuple[str, str]]:
    for uri in client.redirect_uris:
        if not any(can_carry(mode, uri) for mode in client.answered_by):
            yield "response_modes", f"{', '.join(client.answered_by)} cannot reach {shown(uri)}"


def _scope_faults(client: Client, registered: Collection[Resource]) -> Iterator[tuple[str, str]]:
    known = {*scopes.SUPPORTED, *(each for resource in registered for each in resource.permissions)}
    for each in client.scope:
        if each not in known:
            yield "scope", _unknown_scope(each, registered)
    for identifier in client.default_resource:
        if identifier not in permission.resources(client.scope):
            yield "default_resource", f"{shown(identifier)} is not a resource of which the client may have a scope"
    if len(client.default_resource) > resources.MAX_RESOURCES:
        yield "default_resource", f"are more than {resources.MAX_RESOURCES}"


def _unknown_scope(name: str, registered: Collection[Resource]) -> str:
    """Or one that is known, and does not say whose it is."""
    theirs = [permission.of(resource.identifier, name) for resource in registered if name in resource.scope]
    if theirs:
        return f"{shown(name)} is a scope of several resources: say {' or '.join(map(shown, theirs))}"
    names = dict.fromkeys((*scopes.SUPPORTED, *(each for resource in registered for each in resource.scope)))
    return f"{shown(name)} is not a scope of this server; it has {', '.join(names)}"


def _subject_faults(client: Client) -> Iterator[tuple[str, str]]:
    """OpenID Connect Core §8.1."""
    if client.subject_type != "pairwise":
        return
    if not client.for_people:
        yield "subject_type", "a client where nobody signs in has no subjects of its own"
    elif not client.sector_identifier_uri and len(set(map(_host, client.redirect_uris))) > 1:
        yield "sector_identifier_uri", "is needed where the redirect URIs of a pairwise client have several hosts"


def _mapping_faults(client: Client) -> Iterator[tuple[str, str]]:
    claims: set[str] = set()
    for text in client.claims_mapping:
        try:
            claim = claims_mapping.rule(text).claim
        except ValueError as error:
            yield "claims_mapping", f"{shown(text)} {error}"
            continue
        if claim in claims:
            yield "claims_mapping", f"{shown(text)} names a claim that another line names"
        claims.add(claim)


def _size_faults(client: Client) -> Iterator[tuple[str, str]]:
    """Told of the largest member."""
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in write(client).items()}
    sizes = {name: len(text.encode(errors="surrogatepass")) for name, text in texts.items()}
    if (size := sum(sizes.values())) > MAX_METADATA:
        largest = max(sizes, key=sizes.__getitem__)
        yield largest, f"is {sizes[largest]} of the client's {size} bytes, and it may have {MAX_METADATA}"


def _host(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        return parts.hostname or parts.scheme
    except ValueError:
        return uri  # is a fault of its own


def _keys_faults(client: Client) -> Iterator[tuple[str, str]]:
    """RFC 7591 §2, `jwks` and `jwks_uri`."""
    if client.jwks is not None and client.jwks_uri:
        yield "jwks_uri", "a client has its keys by value or by reference, not both"
    if client.token_endpoint_auth_method != PRIVATE_KEY_JWT:
        return
    if client.jwks is None and not client.jwks_uri:
        yield "jwks", f"a client that uses {PRIVATE_KEY_JWT} needs the keys that verify it, or a jwks_uri"
    alg = client.token_endpoint_auth_signing_alg
    if client.jwks is not None and not any(alg in ("", *key.algs) for key in jwks.verifying_keys(client.jwks)):
        yield "jwks", f"has no key that verifies {shown(alg) or 'what the client signs'}"
