"""end_session_endpoint (OpenID Connect RP-Initiated Logout 1.0 §2)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from accounts import sessions
from tokens.endpoint.form import MAX_REQUEST, Form, read_form, read_query
from tokens.interaction import signing_out
from tokens.interaction.interactions import see_other
from tokens.interaction.pages import page_endpoint
from tokens.interaction.signing_out import Hint


@page_endpoint("GET", "POST", failure=signing_out.failure)
def end_session(request: HttpRequest, now: datetime) -> HttpResponse:
    """A good hint ends the sign-in that it names, whoever brings it: the client's own server has no cookie of ours."""
    if request.method == "POST":
        return _post(request, read_form(request, MAX_REQUEST))
    return _get(request, read_query(request))


def _post(request: HttpRequest, form: Form) -> HttpResponse:
    """From the client's site it brings none of our cookies: it comes back as a GET that does, without the hint, which
    tells of a person and has no place in a URL."""
    hint = signing_out.read_hint(form)
    way = signing_out.read_way(request, form, hint)
    if hint is None:
        return see_other(signing_out.url("end_session", way))
    signing_out.end_session(hint)
    return see_other(signing_out.url("end_session", way, note=signing_out.write_note(way, hint)))


def _get(request: HttpRequest, form: Form) -> HttpResponse:
    """The browser is signed out too where it is the same person's. Anybody else's is asked, and everybody's without a
    good hint: anybody could have sent them."""
    hint = signing_out.read_hint(form)
    way = signing_out.read_way(request, form, hint)
    current = sessions.current(request)
    _end_elsewhere(hint, current)
    about = signing_out.about(way, hint) if hint is not None else signing_out.read_note(form, way)
    if current is None:
        return signing_out.leave(request, way) if about is not None else signing_out.show(request, way)
    if about is None or not signing_out.is_about(about, way, current):
        return see_other(signing_out.url("confirm_sign_out", way))
    sessions.sign_out(request)
    return signing_out.leave(request, way, ended=current.sid)


def _end_elsewhere(hint: Hint | None, current: sessions.Current | None) -> None:
    """The session of this browser ends with its cookie."""
    if hint is not None and not (current is not None and hint.names(current)):
        signing_out.end_session(hint)
