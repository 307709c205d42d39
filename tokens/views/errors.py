"""The page that `error_uri` leads to (RFC 6749 §5.2): every error and reason, in the words of the answers."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tokens.endpoint import endpoint
from tokens.interaction.pages import page_failure
from tokens.protocol.reasons.page import sections


@endpoint("GET", failure=page_failure)
def errors(request: HttpRequest, now: datetime) -> HttpResponse:
    """The same for everybody: nothing of a request is in it."""
    return render(request, "tokens/errors.html", {"sections": sections()})
