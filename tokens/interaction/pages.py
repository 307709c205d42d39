"""What the pages of this app share."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from tokens.protocol.errors import OAuthError
from tokens.protocol.hints import language


def page_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """An error that must not leave by redirect, for the person who meets it; `detail` is for the client's developer."""
    context = {
        "title": _("This sign-in cannot go on"),
        "what": _("The application that sent you here made a request that this server cannot answer."),
        "whose": _("Go back to the application and start again. If that does not help, tell the people who run it."),
        "detail": error.description,
    }
    return render(request, "error.html", context, status=error.status)


def speak(parameters: Mapping[str, str]) -> None:
    """From here on this request's page is in the first of `ui_locales` that we have, else in the browser's language."""
    found = language(parameters, languages())
    if found is not None:
        translation.activate(found)


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
