"""The provider's metadata (OpenID Connect Discovery §4, RFC 8414 §3): one document under both well-known paths."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from accounts import sessions
from accounts.conf import conf
from tokens.conf import signing_algs
from tokens.endpoint import endpoint
from tokens.grants import GRANTS
from tokens.interaction.language import languages
from tokens.protocol import prompts
from tokens.protocol.metadata import metadata

MAX_AGE = 3600  # seconds


@endpoint("GET", cors=True)
def discovery(
    request: HttpRequest, now: datetime, names: Mapping[str, str], auth_methods: Mapping[str, Sequence[str]]
) -> HttpResponse:
    """`names`: an endpoint's member of the metadata → the name of its URL, both as they are mounted. `auth_methods`: as
    `metadata` takes them."""
    document = metadata(
        settings.ISSUER,
        {member: reverse(name) for member, name in names.items()},
        GRANTS,
        signing_algs(),
        auth_methods=auth_methods,
        prompt_values=prompts.values(sign_up=conf().sign_up_is_open),
        acr_values=sessions.acr_values(),
        ui_locales=languages(),
    )
    return JsonResponse(document, headers={"Cache-Control": f"public, max-age={MAX_AGE}"})
