"""The endpoints and their pages: what is mounted, and what the metadata says of it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.urls import URLPattern, path, reverse

from tokens.endpoint.refusals import ERRORS
from tokens.protocol.client_authentication import CONFIDENTIAL, METHODS
from tokens.views.application import application
from tokens.views.applications import applications
from tokens.views.authorization import authorization
from tokens.views.consent import consent
from tokens.views.discovery import discovery
from tokens.views.end_session import end_session
from tokens.views.errors import errors
from tokens.views.introspection import introspection
from tokens.views.jwks import jwks
from tokens.views.logo import logo
from tokens.views.revocation import revocation
from tokens.views.select_account import select_account
from tokens.views.sign_out import sign_out
from tokens.views.token import token
from tokens.views.userinfo import userinfo


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`member`: its key in the metadata (OpenID Connect Discovery §3, RFC 8414 §2). `auth_methods`: the methods by
    which clients authenticate here, where the metadata names them for this endpoint."""

    member: str
    path: str
    view: Callable[..., HttpResponse]
    auth_methods: Collection[str] = ()

    @property
    def name(self) -> str:
        """Of the URL, the view and its module: the member without `_endpoint` or `_uri`."""
        return self.member.removesuffix("_endpoint").removesuffix("_uri")


FRONT = (
    Endpoint("authorization_endpoint", "oauth2/authorize", authorization),
    Endpoint("end_session_endpoint", "oauth2/logout", end_session),
)
BACK = (
    Endpoint("token_endpoint", "oauth2/token", token, auth_methods=METHODS),
    Endpoint("userinfo_endpoint", "oauth2/userinfo", userinfo),
    Endpoint("introspection_endpoint", "oauth2/introspect", introspection, auth_methods=CONFIDENTIAL),
    Endpoint("revocation_endpoint", "oauth2/revoke", revocation, auth_methods=METHODS),
    Endpoint("jwks_uri", "oauth2/jwks", jwks),
)
ENDPOINTS = (*FRONT, *BACK)


def _paths(endpoints: Iterable[Endpoint]) -> list[URLPattern]:
    return [path(each.path, each.view, name=each.name) for each in endpoints]


_metadata = {
    "names": {each.member: each.name for each in ENDPOINTS},
    "auth_methods": {each.member: tuple(each.auth_methods) for each in ENDPOINTS if each.auth_methods},
}

front = [
    *_paths(FRONT),
    path(ERRORS, errors, name="errors"),
    path("oauth2/applications", applications, name="applications"),
    path("oauth2/applications/one", application, name="application"),
    path("oauth2/consent", consent, name="consent"),
    path("oauth2/logos/<str:name>", logo, name="logo"),
    path("oauth2/select_account", select_account, name="select_account"),
    path("oauth2/sign_out", sign_out, name="confirm_sign_out"),
]
"""What people are led to: needs a session."""

back = [
    *_paths(BACK),
    path(".well-known/openid-configuration", discovery, _metadata, name="discovery"),
    path(".well-known/oauth-authorization-server", discovery, _metadata),
]
"""What programs ask: knows no cookie."""


def addresses() -> dict[str, str]:
    """What people type in where they configure an application: `issuer`, `discovery`, and each endpoint by its member
    of the metadata."""
    names = {"discovery": "discovery", **{each.member: each.name for each in ENDPOINTS}}
    return {"issuer": settings.ISSUER, **{member: settings.ISSUER + reverse(name) for member, name in names.items()}}
