"""Asks whether to sign out, where a client sent somebody whom it did not name, and then leads back to it."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import sessions
from accounts.site.security_headers import form_may_leave
from tokens.endpoint.form import MAX_REQUEST, read_form, read_query
from tokens.interaction import signing_out
from tokens.interaction.interactions import see_other
from tokens.interaction.pages import page_endpoint


@page_endpoint("GET", "POST", failure=signing_out.failure, csrf_exempt=False)
def sign_out(request: HttpRequest, now: datetime) -> HttpResponse:
    """The address of the client that was named is judged at either visit: nothing of the page vouches for it."""
    form = read_form(request, MAX_REQUEST) if request.method == "POST" else read_query(request)
    way = signing_out.read_way(request, form, None)
    if sessions.current(request) is None:
        return signing_out.show(request, way)
    if request.method == "POST":
        sessions.sign_out(request)
        return see_other(way.url or signing_out.url("end_session", way))
    response = render(request, "tokens/sign_out.html", {"client": way.client, "parameters": way.parameters})
    form_may_leave(response)
    return response
