"""What to configure applications with, on the page of their client and, with its secret, where that is shown."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.views.decorators.debug import sensitive_variables

from tokens.conf import conf
from tokens.registration.snippets.snippet import snippet
from tokens.registration.snippets.table import suitable
from tokens.stores import store
from tokens.urls import addresses


@sensitive_variables("client_secret")
def shown(object_id: str, client_secret: str | None = None) -> dict[str, Any]:
    """Of all applications that the client suits. Without `client_secret` its place is marked."""
    client, told = store().clients.get(unquote(object_id)), addresses()
    if client is None:
        return {}
    found = [snippet(each, client, told, client_secret, floor=conf().pkce) for each in suitable(client).values()]
    return {
        "issuer": told["issuer"],
        "discovery": told["discovery"],
        "connected_id": client.client_id,
        "snippets": found,
    }
