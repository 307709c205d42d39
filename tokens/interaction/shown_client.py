"""What people are shown of a client on the pages on the way to it (OpenID Connect Registration §2)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from tokens.protocol.records import Client


def of(client: Client) -> Mapping[str, Any]:
    """For templates: `client_name`, the address of our `client_logo`, and `policy_uri` and `tos_uri`."""
    return {
        "client_name": client.client_name,
        "client_logo": reverse("logo", args=[client.logo]) if client.logo else "",
        "policy_uri": _link(client.policy_uri),
        "tos_uri": _link(client.tos_uri),
    }


def _link(uri: str) -> str:
    """Judged when it was saved; of a row that came another way nothing is a link that is no web address."""
    return uri if uri.startswith(("https://", "http://")) else ""
