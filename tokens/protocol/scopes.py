"""Scopes (RFC 6749 §3.3): a space-separated list, here a tuple without repeats, in the order asked for."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from tokens.protocol import permission
from tokens.protocol.reasons import refusal
from tokens.protocol.records import OFFLINE_ACCESS

OPENID = "openid"
SUPPORTED = (OPENID, "profile", "email", "address", "phone", "groups", OFFLINE_ACCESS)
"""OpenID Connect Core §5.4, §11; `groups` is ours, and many others'."""
PROFILE = (
    *("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"),
)

CLAIMS: Mapping[str, str] = {
    **dict.fromkeys(PROFILE, "profile"),
    **dict.fromkeys(("email", "email_verified"), "email"),
    "address": "address",
    **dict.fromkeys(("phone_number", "phone_number_verified"), "phone"),
    "groups": "groups",
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


def granted(requested: Iterable[str], permissions: Iterable[str]) -> tuple[str, ...]:
    """What of `requested`, which are names, these permissions hold: what a client may not have, or is unknown, is
    dropped (RFC 6749 §3.3). Of a name that several resources have, each."""
    of_name: dict[str, list[str]] = defaultdict(list)
    for each in permissions:
        of_name[permission.name(each)].append(each)
    return tuple(each for name in requested for each in of_name[name])
