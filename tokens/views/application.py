"""The page where a person withdraws what they allowed an application."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import sessions
from tokens.conf import conf
from tokens.interaction import plain_words, shown_client
from tokens.interaction.consents import take_back
from tokens.interaction.interactions import CLIENT, see_other
from tokens.interaction.own_pages import own_page
from tokens.stores import store


@own_page
def application(request: HttpRequest, current: sessions.Current, now: datetime) -> HttpResponse:
    """Named by its id in the query. It only takes away: nobody has to prove again who they are."""
    client_id = request.GET.get(CLIENT, "")
    if request.method == "POST":
        with store().unit():
            was_there = take_back(current.subject, client_id, now)
        return _to_the_others(request, withdrawn=was_there)
    consent = store().consents.get(current.subject, client_id, now)
    client = store().clients.get(client_id) if consent is not None else None
    if consent is None or client is None:
        return _to_the_others(request, withdrawn=False)
    context = {
        **shown_client.of(client),
        "allowed": plain_words.of_consent(consent, client),
        "since": consent.granted_at,
        "minutes": -(-conf().access_token_lifetime // 60),
        "asks_nobody": client.skip_consent,
        "action": f"{reverse('application')}?{urlencode({CLIENT: client_id})}",
    }
    return render(request, "tokens/application.html", context)


def _to_the_others(request: HttpRequest, *, withdrawn: bool) -> HttpResponse:
    if withdrawn:
        messages.success(request, _("What you allowed is withdrawn."))
    else:
        messages.info(
            request, _("There is nothing to withdraw: you allowed that application nothing, or not any more.")
        )
    return see_other(reverse("applications"))
