"""What a client sends against stolen codes, on its page: what was seen of it, and one click to require it."""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.ground import clock
from tokens.conf import conf
from tokens.protocol import pkce
from tokens.protocol.records import Client, Pkce, Protection

SEEN: Mapping[Protection | None, str | Promise] = {
    "pkce": _("It sent PKCE in all of the last 30 days."),
    "nonce": _("In the last 30 days some of its sign-ins sent a nonce and no PKCE."),
    "neither": _(
        "In the last 30 days some of its sign-ins sent neither PKCE nor a nonce: whoever steals a code on its way to "
        "this client can sign in as its owner. Most libraries send PKCE once they are told to."
    ),
    None: _("In the last 30 days it redeemed no code, so it is not known what it sends."),
}
DEMANDED: Mapping[Pkce, str | Promise] = {
    "optional": _("Nothing is required of it."),
    "pkce_or_nonce": _("PKCE, or a nonce where it gets an ID token, is required of it."),
    "required": _("PKCE is required of it."),
}
BUTTONS: Mapping[Pkce | None, str | Promise] = {
    "required": _("Require PKCE"),
    "pkce_or_nonce": _("Require PKCE or a nonce"),
}


def shown(client: Client) -> dict[str, Any]:
    """What the page of a client shows of it: nothing where nobody signs in, or PKCE is required in any case."""
    if client.public or not client.for_people:
        return {}
    now = clock.now()
    least = pkce.least_sent(client.protections_seen, now)
    return {
        "pkce_demanded": DEMANDED[pkce.demanded(client, conf().pkce)],
        "pkce_seen": SEEN[least],
        "pkce_warning": least == "neither",
        "pkce_button": BUTTONS.get(pkce.earned(client, conf().pkce, now)),
        "require_pkce_url": reverse("admin:tokens_client_require_pkce", args=[quote(client.client_id)]),
    }
