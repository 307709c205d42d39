"""The provider's metadata (OpenID Connect Discovery §4, RFC 8414 §3): one document under both well-known paths."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from accounts import sessions
from tokens.conf import SIGNING_ALGS
from tokens.endpoint import endpoint
from tokens.grants import GRANTS
from tokens.interaction.language import languages
from tokens.protocol.metadata import metadata

MAX_AGE = 3600  # seconds
ENDPOINTS = {
    "authorization_endpoint": "authorization",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "introspection_endpoint": "introspection",
    "revocation_endpoint": "revocation",
    "end_session_endpoint": "end_session",
    "jwks_uri": "jwks",
}
"""The metadata's member → the name of its URL."""


@endpoint("GET", cors=True)
def discovery(request: HttpRequest, now: datetime) -> HttpResponse:
    paths = {member: reverse(name) for member, name in ENDPOINTS.items()}
    document = metadata(
        settings.ISSUER,
        paths,
        GRANTS,
        SIGNING_ALGS,
        acr_values=sessions.acr_values(),
        ui_locales=languages(),
    )
    return JsonResponse(document, headers={"Cache-Control": f"public, max-age={MAX_AGE}"})
