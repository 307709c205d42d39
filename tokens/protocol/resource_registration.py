"""Protected resources (RFC 8707 §2): what forbids registering one, each fault with the member that has it."""

import re
from collections.abc import Iterator

from tokens.protocol import access_token, jwks, scope_sentences, scopes
from tokens.protocol.member_types import Text, shown
from tokens.protocol.records import Resource
from tokens.protocol.records.client import MAX_NAME, NO_NAME

NAME = Text(MAX_NAME, NO_NAME)
MAX_IDENTIFIER = 255  # characters
MAX_SCOPES = 100
USERNAME = "username"
INTROSPECTION_CLAIMS = (USERNAME, *scopes.CLAIMS)
"""What a resource may want to be told of a person at introspection (RFC 7662 §2.2)."""
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:[\x21-\x7E]+", re.ASCII)
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}", re.ASCII)


def faults(resource: Resource, *, issuer: str) -> Iterator[tuple[str, str]]:
    """The member at fault and a sentence, for all faults at once."""
    for fault in NAME.faults(resource.name):
        yield "name", fault
    for fault in _identifier_faults(resource.identifier, issuer):
        yield "identifier", fault
    for fault in _scope_faults(resource.scope):
        yield "scope", fault
    if resource.access_token_signed_response_alg not in jwks.ALGS:
        yield "access_token_signed_response_alg", f"must be one of {', '.join(jwks.ALGS)}"
    if resource.access_token_typ not in access_token.TYPS:
        yield "access_token_typ", f"must be one of {', '.join(access_token.TYPS)}"
    for name in resource.introspection_claims:
        if name not in INTROSPECTION_CLAIMS:
            yield "introspection_claims", f"{shown(name)} is not one of {', '.join(INTROSPECTION_CLAIMS)}"
    for fault in scope_sentences.faults(resource.scope_sentences, resource.scope):
        yield "scope_sentences", fault
    if resource.access_token_format not in ("jwt", "opaque"):
        yield "access_token_format", "must be jwt or opaque"


def is_issuer(text: str, issuer: str) -> bool:
    """Whether it names this server, in another spelling perhaps."""
    return text.rstrip("/").lower() == issuer.rstrip("/").lower()


def _identifier_faults(identifier: str, issuer: str) -> Iterator[str]:
    if len(identifier) > MAX_IDENTIFIER:
        yield f"is longer than {MAX_IDENTIFIER} characters"
        return
    if not _ABSOLUTE.fullmatch(identifier) or any(letter in identifier for letter in '\\<>"{}|^`'):
        yield "must be an absolute URI, such as https://api.example.org/orders or urn:example:orders"
    if "#" in identifier:
        yield "must have no fragment (RFC 8707 §2)"
    if is_issuer(identifier, issuer):
        # Who owns it could introspect what is meant for our own endpoints.
        yield "is this server itself"


def _scope_faults(names: tuple[str, ...]) -> Iterator[str]:
    if not names:
        yield "a resource needs a scope: who may have one of its scopes may ask for tokens for it"
    if len(names) > MAX_SCOPES:
        yield f"has more than {MAX_SCOPES} scopes"
        return
    for name in names:
        if not _SCOPE.fullmatch(name):
            yield f"{shown(name)} has characters that a scope cannot have (RFC 6749 §3.3)"
        elif name in scopes.SUPPORTED:
            yield f"{name} is a scope of this server itself"
