"""Scopes (RFC 6749 §3.3): a space-separated list, here a tuple without repeats, in the order asked for."""

import re
from collections.abc import Collection, Iterable, Mapping

from tokens.protocol.reasons import refusal
from tokens.protocol.records import OFFLINE_ACCESS

OPENID = "openid"
SUPPORTED = (OPENID, "profile", "email", "address", "phone", OFFLINE_ACCESS)
"""OpenID Connect Core §5.4, §11."""
PROFILE = (
    *("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"),
)

CLAIMS: Mapping[str, str] = {
    **dict.fromkeys(PROFILE, "profile"),
    **dict.fromkeys(("email", "email_verified"), "email"),
    "address": "address",
    **dict.fromkeys(("phone_number", "phone_number_verified"), "phone"),
}
"""What may be told of a person, each claim with the scope that covers it (OpenID Connect Core §5.4)."""

MAX_SCOPES = 100
MAX_LENGTH = 5000
"""Characters of all of them: what stands next to them in an access token fits as well, but for many long resources."""
_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}", re.ASCII)


def parse(text: str) -> tuple[str, ...]:
    """Raises InvalidScope where the text is not of RFC 6749's form, or names more than a token could carry."""
    # One more than the limit is enough to know, however long the text is.
    names = text.split(" ", MAX_SCOPES)
    if len(names) > MAX_SCOPES:
        raise refusal("scopes_too_many", most=MAX_SCOPES)
    if len(text) > MAX_LENGTH:
        raise refusal("scope_too_long", most=MAX_LENGTH)
    if not all(_TOKEN.fullmatch(name) for name in names):
        raise refusal("scope_form")
    return tuple(dict.fromkeys(names))


def claims_of(names: Collection[str]) -> tuple[str, ...]:
    """The claims that these scopes cover."""
    return tuple(claim for claim, scope in CLAIMS.items() if scope in names)


def narrowed(requested: str | None, granted_names: tuple[str, ...]) -> tuple[str, ...]:
    """What a request for `requested` gets of what was granted: all of it where it does not ask (RFC 6749 §6).

    Raises InvalidScope for more than was granted.
    """
    if requested is None:
        return granted_names
    names = parse(requested)
    if more := [name for name in names if name not in granted_names]:
        raise refusal("scope_exceeds", came=" ".join(more), right=" ".join(granted_names))
    return names


def own(names: Iterable[str]) -> tuple[str, ...]:
    """Those that a client needs nobody for: our own scopes are of people."""
    return tuple(name for name in names if name not in SUPPORTED)


def granted(requested: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """What of `requested` the client may have: scopes that it may not, or that are unknown, are dropped (RFC 6749
    §3.3)."""
    allowed = frozenset(allowed)
    return tuple(scope for scope in requested if scope in allowed)
