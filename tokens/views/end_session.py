"""end_session_endpoint (OpenID Connect RP-Initiated Logout 1.0 §2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import pages, sessions
from tokens.endpoint.form import Form, read_form, read_query
from tokens.interaction.interactions import see_other
from tokens.interaction.pages import page_endpoint
from tokens.protocol.authorization_request import known_client
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client
from tokens.protocol.response_modes import query
from tokens.protocol.subject import subject
from tokens.stores import store
from tokens.verifier import read_id_token_hint

PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@page_endpoint("GET", "POST")
def end_session(request: HttpRequest, now: datetime) -> HttpResponse:
    """Ends the session of the person that the hint names, and leads back to the client. Without a hint of ours the
    person is asked, and is led nowhere: anybody could have sent them."""
    if request.method == "POST":
        # A POST from the client's site brings none of our cookies; it comes back as a GET that does.
        form = read_form(request)
        kept = {name: form[name] for name in PARAMETERS if name in form}
        return see_other(f"{reverse('end_session')}?{urlencode(kept)}")
    form = read_query(request)
    hint = read_id_token_hint(form["id_token_hint"]) if "id_token_hint" in form else None
    if hint is None:
        return see_other(pages.sign_out_url())
    client = _client(form, hint)
    target = _target(form, client)
    current = sessions.current(request)
    if current is not None and subject(client, current.subject, settings.PAIRWISE_SALT) != hint["sub"]:
        return see_other(pages.sign_out_url())
    sessions.sign_out(request)
    return see_other(target)


def _client(form: Form, hint: Mapping[str, Any]) -> Client:
    """The client that the hint was issued to (§2: a `client_id` in the request must be the same)."""
    client_id: str = hint["aud"]
    if form.get("client_id", client_id) != client_id:
        raise refusal("hint_of_another_client")
    return known_client(client_id, store().clients.get(client_id))


def _target(form: Form, client: Client) -> str:
    """Where to go afterwards: the client's own address, the same string as registered, or our home page."""
    uri = form.get("post_logout_redirect_uri")
    if uri is None:
        return pages.home_url()
    if uri not in client.post_logout_redirect_uris:
        raise refusal("post_logout_redirect_uri_unregistered", came=uri)
    return query(uri, {"state": form["state"]}) if "state" in form else uri
