"""The account chooser (OpenID Connect Core §3.1.2.1, `prompt=select_account`). One person is signed in in a browser:
they go on, or somebody else signs in in their place."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import sessions
from accounts.site.security_headers import form_may_leave
from tokens.endpoint import endpoint
from tokens.endpoint.form import read_form, read_query
from tokens.interaction import interactions
from tokens.interaction.pages import page_failure
from tokens.protocol.authorization_request import known
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.interaction import selected
from tokens.protocol.records import Client, Interaction
from tokens.stores import store

Act = Callable[[HttpRequest, Interaction, sessions.Current, datetime], None]


@endpoint("GET", "POST", failure=page_failure, csrf_exempt=False)
def select_account(request: HttpRequest, now: datetime) -> HttpResponse:
    form = read_form(request) if request.method == "POST" else read_query(request)
    identifier = form.get(interactions.PARAMETER, "")
    interaction = interactions.resume(request, identifier, now)
    current = sessions.current(request)
    client = known(store().clients.get(interaction.parameters.get("client_id", "")))
    if current is not None and request.method == "GET":
        return _page(request, identifier, client)
    if current is not None:
        _choose(form.get("answer", ""), request, interaction, current, now)
    return interactions.see_other(interactions.url("authorization", identifier))


def _choose(
    answer: str, request: HttpRequest, interaction: Interaction, current: sessions.Current, now: datetime
) -> None:
    if answer not in ANSWERS:
        raise InvalidRequest("the form has no answer")
    ANSWERS[answer](request, interaction, current, now)


def _go_on(request: HttpRequest, interaction: Interaction, current: sessions.Current, now: datetime) -> None:
    interactions.record(interaction, selected(current.sid), now)


def _give_way(request: HttpRequest, interaction: Interaction, current: sessions.Current, now: datetime) -> None:
    """Ends the sign-in: the request then leads to the sign-in page, and a new one meets it."""
    sessions.sign_out(request)


ANSWERS: Mapping[str, Act] = {"continue": _go_on, "another": _give_way}


def _page(request: HttpRequest, identifier: str, client: Client) -> HttpResponse:
    response = render(request, "tokens/select_account.html", {"client": client, "identifier": identifier})
    form_may_leave(response)
    return response
