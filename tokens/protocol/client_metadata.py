"""Client metadata (RFC 7591 §2): what forbids registering a client, each fault with the member that has it."""

import unicodedata
from collections.abc import Iterator

from tokens.protocol import redirect_uris, scopes
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
    for name in client.scope:
        if name not in scopes.SUPPORTED:
            yield "scope", f"{shown(name)} is not a scope of this server; it has {', '.join(scopes.SUPPORTED)}"
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
    if len(client.redirect_uris) > MAX_REDIRECT_URIS:
        yield f"a client has at most {MAX_REDIRECT_URIS} redirect URIs"
        return
    for uri in client.redirect_uris:
        for fault in redirect_uris.faults(uri, client.application_type, http_loopback=http_loopback):
            yield f"{shown(uri)} {fault}"


def _assured(client: Client) -> bool:
    """Whether an answer that was sent to the client's redirect URI reaches this client and no other."""
    return client.application_type == "web" or all(uri.startswith("https://") for uri in client.redirect_uris)
