"""The way on from a page on which a sign-in ends: to the application that it was for. No answer goes there; the person
begins again."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tokens.interaction.interactions import CLIENT
from tokens.protocol.errors import OAuthError
from tokens.protocol.records import Client
from tokens.stores import store

GONE = "interaction_gone"
MAX_ID = 256
"""Characters that are looked up: no id of ours is as long."""


def address(client: Client) -> str:
    """Where people begin at the application: its home page, else the root of the site that its answers go to. Empty for
    one that has neither, such as a program on a device."""
    sites = (urlsplit(uri) for uri in client.redirect_uris if client.application_type == "web")
    roots = (f"{site.scheme}://{site.netloc}/" for site in sites if site.scheme in ("https", "http"))
    return client.client_uri or next(roots, "")


def client_of(request: HttpRequest, error: OAuthError) -> Client | None:
    """The client that the request is for, where it may be used. Anybody may write its id into an address: the page then
    shows no more than a request of theirs would."""
    named: Client | None = getattr(request, "named_client", None)
    if named is None and error.reason == GONE:
        named = known(request.GET.get(CLIENT, ""))
    return named if named is not None and named.enabled else None


def known(client_id: str) -> Client | None:
    """The client, where the text can be an id of one."""
    found = store().clients.get(client_id) if client_id.isprintable() and len(client_id) < MAX_ID else None
    return found if found is not None and found.enabled else None


def shown(client: Client | None) -> Mapping[str, Any]:
    """For `error.html`."""
    return {"client_name": client.client_name, "way_back": address(client)} if client is not None else {}


def over(client: Client | None) -> Mapping[str, Any]:
    """For `error.html`: the request is gone, and nobody is to blame."""
    return {
        "title": _("This sign-in is over"),
        "what": _("It was completed already, waited for too long, or began in another browser."),
        "whose": _("You did nothing wrong. Begin again at the application."),
        **shown(client),
    }
