"""What to configure applications with, on the page of their client and, with its secret, where that is shown."""

from typing import Any

from django.views.decorators.debug import sensitive_variables

from tokens.conf import conf
from tokens.protocol.records import Client
from tokens.registration.snippets.snippet import snippet
from tokens.registration.snippets.table import suitable
from tokens.urls import addresses


@sensitive_variables("client_secret")
def shown(client: Client, client_secret: str | None = None) -> dict[str, Any]:
    """Of all applications that the client suits. Without `client_secret` its place is marked."""
    told = addresses()
    found = [snippet(each, client, told, client_secret, floor=conf().pkce) for each in suitable(client).values()]
    return {
        "issuer": told["issuer"],
        "discovery": told["discovery"],
        "connected_id": client.client_id,
        "snippets": found,
    }
