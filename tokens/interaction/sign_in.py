"""Who asks, whom they expect, in which language (OpenID Connect Core §3.1.2.1): what the sign-in pages, which know no
clients, are given from the authorization request that waits."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import reverse

from accounts.ground import clock
from accounts.pages import is_sign_in_page, show_client
from tokens.interaction.interactions import PARAMETER, resume
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.hints import login_hint
from tokens.protocol.records import Interaction
from tokens.stores import store


class SignInMiddleware:
    """Shows on every page that accounts marks as one of sign-in the client that waits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: SimpleTemplateResponse
    ) -> SimpleTemplateResponse:
        interaction = _waiting(request) if is_sign_in_page(request) else None
        if interaction is not None:
            client = store().clients.get(interaction.parameters["client_id"])
            request.named_client = client  # type: ignore[attr-defined]  # ours: a refusal's line in the log has it
            show_client(response, client.client_name if client else "", login_hint(interaction.parameters))
        return response


def _waiting(request: HttpRequest) -> Interaction | None:
    try:
        following = urlsplit(request.POST.get("next") or request.GET.get("next") or "")
    except ValueError:  # anybody may write a `next` that is no URL
        return None
    identifiers = parse_qs(following.query).get(PARAMETER, [])
    if following.path != reverse("authorization") or len(identifiers) != 1:
        return None
    try:
        return resume(request, identifiers[0], clock.now()).interaction
    except InvalidRequest:
        return None
