"""What the modules know of a provider: its issuer, its clients, who may sign in, how its sign-out page is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SIGNED_OUT = "http://127.0.0.1:9/signed-out"
USERNAME = "alice"
SCOPE_CLAIMS: Mapping[str, frozenset[str]] = {
    "profile": frozenset(
        {"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture"}
        | {"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"}
    ),
    "email": frozenset({"email", "email_verified"}),
    "address": frozenset({"address"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
}
"""OpenID Connect Core §5.4."""
CLAIMS: Mapping[str, Any] = {
    "name": "Alice Liddell",
    "given_name": "Alice",
    "family_name": "Liddell",
    "middle_name": "Pleasance",
    "nickname": "Al",
    "preferred_username": USERNAME,
    "profile": "https://example.org/alice",
    "picture": "https://example.org/alice.png",
    "website": "https://alice.example",
    "gender": "female",
    "birthdate": "1852-05-04",
    "zoneinfo": "Europe/London",
    "locale": "en-GB",
    "email": "alice@example.org",
    "email_verified": True,
    "address": {"formatted": "England", "country": "England"},
    "phone_number": "+44 20 7946 0000",
    "phone_number_verified": False,
}
"""Everybody's claims at both providers: all of OpenID Connect Core §5.1 but `updated_at`."""


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A confidential client with NOWHERE and SIGNED_OUT."""

    client_id: str
    client_secret: str
    token_endpoint_auth_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    name: str
    issuer: str
    password: str
    """Of USERNAME, whose claims are CLAIMS."""
    client: RegisteredClient
    """Uses client_secret_basic."""
    other_client: RegisteredClient
    """As above."""
    post_client: RegisteredClient
    """Uses client_secret_post."""
    sign_out_page: str
    """The path of the page that asks whether to sign out."""
    sign_out: Mapping[str, str]
    """What its form's yes sends."""
    metadata: Mapping[str, Any]

    def claims(self, *scopes: str) -> dict[str, Any]:
        """What it tells of USERNAME to one who was given these scopes; without `sub` and `updated_at`."""
        names = frozenset[str]().union(*(SCOPE_CLAIMS[scope] for scope in scopes))
        return {name: value for name, value in CLAIMS.items() if name in names}
