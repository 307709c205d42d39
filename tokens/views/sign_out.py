"""Asks whether to sign out, where a client sent somebody whom it did not name, and then leads back to it."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import sessions
from accounts.pages import home_url
from accounts.site.just_ended import note
from accounts.site.security_headers import form_may_leave
from tokens.endpoint.form import MAX_REQUEST, read_form, read_query
from tokens.interaction import signing_out, way_back
from tokens.interaction.interactions import see_other
from tokens.interaction.pages import page_endpoint


@page_endpoint("GET", "POST", failure=signing_out.failure, csrf_exempt=False)
def sign_out(request: HttpRequest, now: datetime) -> HttpResponse:
    """The address of the client that was named is judged at either visit: nothing of the page vouches for it."""
    form = read_form(request, MAX_REQUEST) if request.method == "POST" else read_query(request)
    way = signing_out.read_way(request, form, None)
    current = sessions.current(request)
    if current is None:
        return signing_out.show(request, way)
    if request.method == "POST":
        sessions.sign_out(request)
        response = see_other(way.url or signing_out.url("end_session", way))
        note(response, current.sid)
        return response
    # Who stays signed in goes back to where they came from.
    stay = way_back.address(way.client) if way.client is not None else ""
    context = {"client": way.client, "parameters": way.parameters, "stay": stay or home_url()}
    response = render(request, "tokens/sign_out.html", context)
    form_may_leave(response)
    return response
