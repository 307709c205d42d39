"""Who asks, whom they expect, in which language (OpenID Connect Core §3.1.2.1): what the sign-in pages, which know no
clients, are given from the authorization request that waits."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import reverse

from accounts import sessions
from accounts.ground import clock
from accounts.pages import is_sign_in_page, show_client, stands_alone
from tokens.interaction import shown_client, way_back
from tokens.interaction.expected import another, expected
from tokens.interaction.interactions import CLIENT, PARAMETER, shown, url
from tokens.protocol.interaction import may_go_on_without


class SignInMiddleware:
    """Shows on every page that accounts marks as one of sign-in the client that waits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: SimpleTemplateResponse
    ) -> SimpleTemplateResponse:
        named = _named(request) if is_sign_in_page(request) else {}
        if PARAMETER not in named:
            return response
        found = shown(request, named[PARAMETER], clock.now())
        if found is None:
            if not stands_alone(request):
                _tell_that_it_is_over(response, named.get(CLIENT, ""))
            return response
        interaction, client, current = found[0].interaction, found[1], sessions.current(request)
        request.named_client = client  # type: ignore[attr-defined]  # ours: a refusal's line in the log has it
        show_client(
            response,
            shown_client.of(client),
            expected(interaction.parameters),
            another=another(request, client, current, interaction.parameters) if current else "",
            not_you=url("select_account", named[PARAMETER], client.client_id),
            may_skip=current is not None and may_go_on_without(interaction, current.sid),
        )
        return response


def _named(request: HttpRequest) -> Mapping[str, str]:
    """What the page leads on to, where that is an authorization request: its id, and whose it is. What comes twice
    names nothing."""
    try:
        following = urlsplit(request.POST.get("next") or request.GET.get("next") or "")
    except ValueError:  # anybody may write a `next` that is no URL
        return {}
    if following.path != reverse("authorization"):
        return {}
    return {name: values[0] for name, values in parse_qs(following.query).items() if len(values) == 1}


def _tell_that_it_is_over(response: SimpleTemplateResponse, client_id: str) -> None:
    """Of a page that was kept longer than its request: nobody types a password for nothing where we know the
    application to go back to."""
    shown = way_back.over(way_back.known(client_id))
    if shown.get("way_back"):
        response.template_name, response.context_data, response.status_code = "error.html", {**shown}, 400
