"""The page of the applications that a person allowed something, and of what that is."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import sessions
from tokens.interaction import plain_words
from tokens.interaction.own_pages import own_page
from tokens.stores import store

AFTER = "after"
"""The parameter that says after which client's id a page begins."""
SIZE = 25
"""Applications of a page."""


@own_page
def applications(request: HttpRequest, current: sessions.Current, now: datetime) -> HttpResponse:
    """A client that is disabled may be enabled again; one that is gone is left out, and so is what it had."""
    found = store().consents.allowed(current.subject, now, SIZE + 1, request.GET.get(AFTER, ""))
    shown = found[:SIZE]
    clients = {each.client_id: each for each in store().clients.named([each.client_id for each in shown])}
    allowed = [(each, clients[each.client_id]) for each in shown if each.client_id in clients]
    context = {
        "allowed": [
            {"client": client, "words": plain_words.of_consent(consent, client), "since": consent.granted_at}
            for consent, client in allowed
        ],
        "more": urlencode({AFTER: shown[-1].client_id}) if len(found) > SIZE else "",
    }
    return render(request, "tokens/applications.html", context)
