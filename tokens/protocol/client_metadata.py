"""Client metadata (RFC 7591 §2; OpenID Connect Registration §2): what forbids registering a client, each fault with the
member that has it."""

import unicodedata
from collections.abc import Collection, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from tokens.protocol import jwks, redirect_uris, resources, scopes
from tokens.protocol.client_authentication import PRIVATE_KEY_JWT
from tokens.protocol.errors import InvalidTarget
from tokens.protocol.jose import json_object
from tokens.protocol.records import Client, Resource

MAX_NAME = 255
MAX_REDIRECT_URIS = 100
MAX_URI = 200
MAX_JWKS = 64 * 1024  # characters
MAX_JWKS_PARTS = 500
"""Objects and arrays, so that no depth of them is more than a database takes: a key has three or so."""
MAX_AGE = timedelta(days=3650)
CODE = "authorization_code"
_LOOK_ALIKES = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""What turns text around or cannot be seen, so that one name looks like another."""
_UNSHOWABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def faults(client: Client, *, http_loopback: bool, known: Collection[Resource] = ()) -> Iterator[tuple[str, str]]:
    """The member at fault and a sentence, for all faults at once. `http_loopback` as in `redirect_uris.faults`;
    `known`: the resources that there are, whose scopes a client may have."""
    for fault in name_faults(client.client_name):
        yield "client_name", fault
    for fault in _redirect_uris_faults(client, http_loopback=http_loopback):
        yield "redirect_uris", fault
    for fault in _uris_faults(client.post_logout_redirect_uris, client, http_loopback=http_loopback):
        yield "post_logout_redirect_uris", fault
    yield from _scope_faults(client, known)
    yield from _keys_faults(client, http_loopback=http_loopback)
    yield from _algs_faults(client)
    yield from _subject_faults(client, http_loopback=http_loopback)
    for fault in _logout_uri_faults(client, http_loopback=http_loopback):
        yield "backchannel_logout_uri", fault
    if client.default_max_age is not None and not timedelta() <= client.default_max_age <= MAX_AGE:
        yield "default_max_age", f"must be from 0 to {int(MAX_AGE.total_seconds())} seconds"
    if client.public and client.rotate_refresh_tokens is False:
        # RFC 9700 §2.2.2.
        yield "rotate_refresh_tokens", "a client without a secret of its own must have its refresh tokens replaced"
    if client.skip_consent and not _assured(client):
        # RFC 8252 §8.6.
        yield "skip_consent", "a native client must ask, unless all its redirect URIs are https: any program can be it"


def sector_faults(client: Client, document: list[object]) -> Iterator[str]:
    """What is wrong with what the client's `sector_identifier_uri` answered (OpenID Connect Registration §5)."""
    for uri in client.redirect_uris:
        if uri not in document:
            yield f"what it answers does not hold {shown(uri)}"


def read_jwks(text: str) -> dict[str, object]:
    """A JWK Set as somebody typed it. Raises ValueError, with a sentence, for what is no JSON object or cannot be
    stored."""
    if len(text) > MAX_JWKS or text.count("{") + text.count("[") > MAX_JWKS_PARTS:
        raise ValueError("is too large")
    if "\\u" in text:
        # A key is ASCII, and some of what can be escaped cannot be stored.
        raise ValueError("has escaped characters, which a key does not need")
    try:
        return json_object(text.encode())
    except ValueError:
        raise ValueError("is not a JSON object whose members come once each") from None


def shown(text: str) -> str:
    """`text` for a message: one line, ASCII, at most 100 characters of it."""
    line = ascii(text)[1:-1]
    return line if len(line) <= 100 else f"{line[:100]}..."


def name_faults(name: str) -> Iterator[str]:
    if not name.strip():
        yield "a name is needed, which people see when they are asked"
    if len(name) > MAX_NAME:
        yield f"is longer than {MAX_NAME} characters"
    if any(unicodedata.category(letter) in _UNSHOWABLE or letter in _LOOK_ALIKES for letter in name):
        yield "has characters that cannot be shown"


def _redirect_uris_faults(client: Client, *, http_loopback: bool) -> Iterator[str]:
    if CODE in client.grant_types and not client.redirect_uris:
        yield "a client where people sign in needs at least one redirect URI"
    if CODE not in client.grant_types and client.redirect_uris:
        yield "a client where nobody signs in has no redirect URIs"
        return
    yield from _uris_faults(client.redirect_uris, client, http_loopback=http_loopback)


def _uris_faults(uris: tuple[str, ...], client: Client, *, http_loopback: bool) -> Iterator[str]:
    if len(uris) > MAX_REDIRECT_URIS:
        yield f"a client has at most {MAX_REDIRECT_URIS} redirect URIs"
        return
    for uri in uris:
        for fault in redirect_uris.faults(uri, client.application_type, http_loopback=http_loopback):
            yield f"{shown(uri)} {fault}"


def _scope_faults(client: Client, known: Collection[Resource]) -> Iterator[tuple[str, str]]:
    offered = (*scopes.SUPPORTED, *(name for resource in known for name in resource.scope))
    for name in client.scope:
        if name not in offered:
            yield "scope", f"{shown(name)} is not a scope of this server; it has {', '.join(offered)}"
    for identifier in client.default_resource:
        try:
            resources.allowed((identifier,), client, known)
        except InvalidTarget:
            yield "default_resource", f"{shown(identifier)} is not a resource of which the client may have a scope"
    if len(client.default_resource) > resources.MAX_RESOURCES:
        yield "default_resource", f"are more than {resources.MAX_RESOURCES}"


def _subject_faults(client: Client, *, http_loopback: bool) -> Iterator[tuple[str, str]]:
    """OpenID Connect Core §8.1, Registration §5."""
    if uri := client.sector_identifier_uri:
        for fault in _uri_faults(uri, http_loopback=http_loopback):
            yield "sector_identifier_uri", fault
    if client.subject_type != "pairwise":
        return
    if CODE not in client.grant_types:
        yield "subject_type", "a client where nobody signs in has no subjects of its own"
    elif not client.sector_identifier_uri and len(set(map(_host, client.redirect_uris))) > 1:
        yield "sector_identifier_uri", "is needed where the redirect URIs of a pairwise client have several hosts"


def _logout_uri_faults(client: Client, *, http_loopback: bool) -> Iterator[str]:
    """OpenID Connect Back-Channel Logout 1.0 §2.2."""
    if not client.backchannel_logout_uri:
        return
    if CODE not in client.grant_types:
        yield "a client where nobody signs in has no sessions that could end"
    yield from _uri_faults(client.backchannel_logout_uri, http_loopback=http_loopback)


def _host(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        return parts.hostname or parts.scheme
    except ValueError:
        return uri  # is a fault of its own


def _algs_faults(client: Client) -> Iterator[tuple[str, str]]:
    for member in ("id_token_signed_response_alg", "userinfo_signed_response_alg", "token_endpoint_auth_signing_alg"):
        alg = getattr(client, member)
        if alg not in jwks.ALGS and (alg or member.startswith("id_token")):
            yield member, f"{shown(alg)} is not one of {', '.join(jwks.ALGS)}"


def _uri_faults(uri: str, *, http_loopback: bool) -> Iterator[str]:
    """Of an address that we are to call."""
    if len(uri) > MAX_URI:
        yield f"is longer than {MAX_URI} characters"
        return
    for fault in redirect_uris.faults(uri, "web", http_loopback=http_loopback):
        yield f"{shown(uri)} {fault}"


def _keys_faults(client: Client, *, http_loopback: bool) -> Iterator[tuple[str, str]]:
    """RFC 7591 §2, `jwks` and `jwks_uri`."""
    if client.jwks is not None:
        for fault in jwks.faults(client.jwks):
            yield "jwks", fault
        if client.jwks_uri:
            yield "jwks_uri", "a client has its keys by value or by reference, not both"
    elif client.jwks_uri:
        for fault in _uri_faults(client.jwks_uri, http_loopback=http_loopback):
            yield "jwks_uri", fault
    if client.token_endpoint_auth_method != PRIVATE_KEY_JWT:
        return
    if client.jwks is None and not client.jwks_uri:
        yield "jwks", f"a client that uses {PRIVATE_KEY_JWT} needs the keys that verify it, or a jwks_uri"
    alg = client.token_endpoint_auth_signing_alg
    if client.jwks is not None and not any(alg in ("", *key.algs) for key in jwks.verifying_keys(client.jwks)):
        yield "jwks", f"has no key that verifies {shown(alg) or 'what the client signs'}"


def _assured(client: Client) -> bool:
    """Whether an answer that was sent to the client's redirect URI reaches this client and no other."""
    return client.application_type == "web" or all(uri.startswith("https://") for uri in client.redirect_uris)
