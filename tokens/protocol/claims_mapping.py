"""Where a claim of a person comes from: standard claims (OpenID Connect Core §5.1), and a client's own mapping of
groups and attributes to claims and scopes (docs/claims.md)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tokens.protocol import scopes
from tokens.protocol.records import OFFLINE_ACCESS

GROUPS, ATTRIBUTE = "groups", "attribute"
FORM = "is not SCOPE CLAIM SOURCE, such as: profile department attribute:department"
PROTOCOL = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "nonce", "acr", "amr", "azp", "sid", "at_hash"}
    | {"c_hash", "s_hash", "sub_jwk", "_claim_names", "_claim_sources", "events", "toe", "txn", "client_id", "scope"}
    | {"cnf", "act", "may_act", "authorization_details", "active", "token_type", "username", "vot", "vtm"}
    | {"authorization_id", "userinfo_signed_response_alg"}
)
"""What tokens and their introspection say of themselves. A mapping names none of them, and no standard claim."""
_CLAIM = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/#~-]{0,99}", re.ASCII)
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """With `scope` goes the claim `claim`, which says what `source` has: a standard claim by its name, `groups`,
    `groups:PATTERN` for those whose name the pattern matches, or `attribute:NAME`."""

    scope: str
    claim: str
    source: str

    @property
    def is_standard(self) -> bool:
        """It is not a client's own."""
        return STANDARD.get(self.claim) == self

    @property
    def is_said_by_scope(self) -> bool:
        """Who allowed the scope allowed this: the words of the scope say it."""
        scope = GROUPS if is_of_groups(self.source) else scopes.CLAIMS.get(self.source)
        return scope == self.scope


STANDARD: Mapping[str, Rule] = {claim: Rule(scope, claim, claim) for claim, scope in scopes.CLAIMS.items()}
SCOPES = tuple(name for name in scopes.SUPPORTED if name != OFFLINE_ACCESS)
"""With which a claim can go."""


def is_of_groups(source: str) -> bool:
    return source.partition(":")[0] == GROUPS


def rule(text: str) -> Rule:
    """Reads a line of a mapping. Raises ValueError, with a sentence that goes on from the line."""
    words = text.split(" ", 2)
    if len(words) < 3:
        raise ValueError(FORM)
    read = Rule(*words)
    if read.scope not in SCOPES:
        raise ValueError(f"begins with no scope of people; these are {', '.join(SCOPES)}")
    if not _CLAIM.fullmatch(read.claim):
        raise ValueError("names a claim that is not up to 100 letters, digits and . : / # ~ _ -")
    if read.claim.lower() in PROTOCOL or (read.claim.lower() in STANDARD and read.claim != GROUPS):
        raise ValueError("names a claim of the protocol: those say what the specifications have them say")
    _check_source(read)
    return read


def rules(mapping: Collection[str]) -> Mapping[str, Rule]:
    """Every claim that there is for a client with this mapping."""
    return _rules(tuple(mapping))


def _check_source(read: Rule) -> None:
    kind, separator, detail = read.source.partition(":")
    if kind == GROUPS:
        if bool(separator) != bool(detail.strip()):
            raise ValueError("has no pattern after groups:, such as groups:shop-*")
    elif kind == ATTRIBUTE:
        if not _ATTRIBUTE.fullmatch(detail):
            raise ValueError("names no attribute after attribute:, such as attribute:department")
    elif read.source not in STANDARD:
        raise ValueError("ends with no source: groups, groups:PATTERN, attribute:NAME or a standard claim")
    elif not read.is_said_by_scope:
        raise ValueError(f"has a source that goes with the scope {STANDARD[read.source].scope} alone")


@lru_cache(maxsize=1024)
def _rules(mapping: tuple[str, ...]) -> Mapping[str, Rule]:
    own = {}
    for text in mapping:
        try:
            read = rule(text)
        except ValueError:
            continue  # of a newer node
        own[read.claim] = read
    return {**STANDARD, **own}
