"""What the sign-in pages, which know nothing of clients, take from the authorization request that waits behind them:
who asks, whom they expect, in which language (OpenID Connect Core §3.1.2.1)."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import reverse

from tokens.interaction.interactions import PARAMETER, resume
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.hints import login_hint
from tokens.protocol.records import Interaction
from tokens.stores import store

PAGES = ("account_login", "account_reauthenticate")


class SignInMiddleware:
    """Adds `interaction`, the client that waits, to what these pages show, and to their form whom it expects."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: SimpleTemplateResponse
    ) -> SimpleTemplateResponse:
        is_ours = request.resolver_match is not None and request.resolver_match.url_name in PAGES
        waiting = _waiting(request) if is_ours else None
        if waiting is None or response.context_data is None:
            return response
        response.context_data["interaction"] = store().clients.get(waiting.parameters["client_id"])
        form = response.context_data.get("form")
        if form is not None and "login" in form.fields:
            # A form that came back keeps what the person typed.
            form.initial.setdefault("login", login_hint(waiting.parameters))
        return response


def _waiting(request: HttpRequest) -> Interaction | None:
    try:
        target = urlsplit(request.POST.get("next") or request.GET.get("next") or "")
    except ValueError:  # anybody may write a `next` that is no URL
        return None
    identifiers = parse_qs(target.query).get(PARAMETER, [])
    if target.path != reverse("authorization") or len(identifiers) != 1:
        return None
    try:
        return resume(request, identifiers[0], datetime.now(UTC))
    except InvalidRequest:
        return None
