"""Client metadata (RFC 7591 §2): what forbids registering a client, each fault with the member that has it."""

import unicodedata
from collections.abc import Iterator

from tokens.protocol import jwks, redirect_uris, scopes
from tokens.protocol.client_auth import PRIVATE_KEY_JWT
from tokens.protocol.records import Client

MAX_NAME = 255
MAX_REDIRECT_URIS = 100
CODE = "authorization_code"
_LOOK_ALIKES = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""What turns text around or cannot be seen, so that one name looks like another."""
_UNSHOWABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def faults(client: Client, *, http_loopback: bool) -> Iterator[tuple[str, str]]:
    """The member at fault and a sentence, for all faults at once. `http_loopback` as in `redirect_uris.faults`."""
    for fault in _name_faults(client.client_name):
        yield "client_name", fault
    for fault in _redirect_uris_faults(client, http_loopback=http_loopback):
        yield "redirect_uris", fault
    for fault in _uris_faults(client.post_logout_redirect_uris, client, http_loopback=http_loopback):
        yield "post_logout_redirect_uris", fault
    for name in client.scope:
        if name not in scopes.SUPPORTED:
            yield "scope", f"{shown(name)} is not a scope of this server; it has {', '.join(scopes.SUPPORTED)}"
    yield from _keys_faults(client, http_loopback=http_loopback)
    if client.skip_consent and not _assured(client):
        # RFC 8252 §8.6.
        yield "skip_consent", "a native client must ask, unless all its redirect URIs are https: any program can be it"


def shown(text: str) -> str:
    """`text` for a message: one line, ASCII, at most 100 characters of it."""
    line = ascii(text)[1:-1]
    return line if len(line) <= 100 else f"{line[:100]}..."


def _name_faults(name: str) -> Iterator[str]:
    if not name.strip():
        yield "a client needs a name, which people see when it asks them"
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


def _keys_faults(client: Client, *, http_loopback: bool) -> Iterator[tuple[str, str]]:
    """RFC 7591 §2, `jwks` and `jwks_uri`."""
    if client.jwks is not None:
        for fault in jwks.faults(client.jwks):
            yield "jwks", fault
        if client.jwks_uri:
            yield "jwks_uri", "a client has its keys by value or by reference, not both"
    elif client.jwks_uri:
        for fault in redirect_uris.faults(client.jwks_uri, "web", http_loopback=http_loopback):
            yield "jwks_uri", f"{shown(client.jwks_uri)} {fault}"
    alg = client.token_endpoint_auth_signing_alg
    if alg and alg not in jwks.ALGS:
        yield "token_endpoint_auth_signing_alg", f"{shown(alg)} is not one of {', '.join(jwks.ALGS)}"
    if client.token_endpoint_auth_method != PRIVATE_KEY_JWT:
        return
    if client.jwks is None and not client.jwks_uri:
        yield "jwks", f"a client that uses {PRIVATE_KEY_JWT} needs the keys that verify it, or a jwks_uri"
    if client.jwks is not None and not any(alg in ("", *key.algs) for key in jwks.verifying_keys(client.jwks)):
        yield "jwks", f"has no key that verifies {shown(alg) or 'what the client signs'}"


def _assured(client: Client) -> bool:
    """Whether an answer that was sent to the client's redirect URI reaches this client and no other."""
    return client.application_type == "web" or all(uri.startswith("https://") for uri in client.redirect_uris)
