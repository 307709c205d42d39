"""Kinds of clients: a kind is a preset of members, and a client is of the kind whose traits it has."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tokens.protocol import client_metadata, scopes
from tokens.protocol.client_authentication import CLIENT_SECRET_BASIC, CONFIDENTIAL, NONE
from tokens.protocol.records import Client
from tokens.protocol.records.client import RESPONSE_MODES_OF


@dataclass(frozen=True, slots=True)
class Traits:
    """What tells clients of one kind from those of another."""

    for_people: bool
    public: bool
    application_type: str
    has_grants: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """`members`: what a client of the kind is made with unless told otherwise, as in RFC 7591 §2."""

    label: str | Promise
    meaning: str | Promise
    members: Mapping[str, Any]

    @property
    def traits(self) -> Traits:
        return traits_of(Client(client_id="", client_name="", redirect_uris=(), **client_metadata.read(self.members)))


_FOR_PEOPLE: Mapping[str, Any] = {
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "response_modes": [*RESPONSE_MODES_OF["web", False]],
    "token_endpoint_auth_method": CLIENT_SECRET_BASIC,
    "application_type": "web",
    "scope": " ".join(scopes.SUPPORTED),
}
_PUBLIC: Mapping[str, Any] = {"token_endpoint_auth_method": NONE, "pkce": "required"}
_FOR_NOBODY: Mapping[str, Any] = {
    "grant_types": [],
    "response_types": [],
    "token_endpoint_auth_method": CLIENT_SECRET_BASIC,
    "application_type": "web",
    "scope": "",
}
KINDS: Mapping[str, Kind] = {
    "web": Kind(_("Web"), _("A site with a server of its own, which keeps a secret."), _FOR_PEOPLE),
    "spa": Kind(
        _("Single-page"),
        _("Runs in the browser, where no secret can be kept."),
        {**_FOR_PEOPLE, **_PUBLIC, "response_modes": [*RESPONSE_MODES_OF["web", True]]},
    ),
    "native": Kind(
        _("Native"),
        _("An app on a phone or a computer, where no secret can be kept."),
        {
            **_FOR_PEOPLE,
            **_PUBLIC,
            "response_modes": [*RESPONSE_MODES_OF["native", True]],
            "application_type": "native",
        },
    ),
    "machine": Kind(
        _("Machine"),
        _("A program that acts for itself; nobody signs in."),
        {**_FOR_NOBODY, "grant_types": ["client_credentials"]},
    ),
    "api": Kind(_("API"), _("A resource server: it is called with tokens and asks for none."), _FOR_NOBODY),
}


def kind_of(client: Client) -> str | None:
    """The key in KINDS. Which grants a client has other than those of its kind makes no difference, nor does how it
    authenticates."""
    return next((name for name, kind in KINDS.items() if kind.traits == traits_of(client)), None)


def may_be(client: Client, kind: str) -> bool:
    """Whether it can have been made as this kind. What tells an API from a machine may change: that it has no
    grants."""
    return replace(KINDS[kind].traits, has_grants=True) == replace(traits_of(client), has_grants=True)


def traits_of(client: Client) -> Traits:
    return Traits(client.for_people, client.public, client.application_type, bool(client.grant_types))


def methods_of(*, public: bool) -> tuple[str, ...]:
    """The authentication methods of clients that are public, or are not: none of them becomes the other."""
    return (NONE,) if public else CONFIDENTIAL
