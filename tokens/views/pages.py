"""What the pages of this app share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tokens.protocol.errors import OAuthError


def page_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """An error that must not leave by redirect, for the person who meets it; `detail` is for the client's developer."""
    context = {
        "title": _("This sign-in cannot go on"),
        "what": _("The application that sent you here made a request that this server cannot answer."),
        "whose": _("Go back to the application and start again. If that does not help, tell the people who run it."),
        "detail": error.description,
    }
    return render(request, "error.html", context, status=error.status)
