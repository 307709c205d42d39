"""Where a person is signed out, and where a server has nothing else for them."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from idp.local.processes import LOOPBACK, free_port
from tests.outside.browser.places.place import Place, Places
from tests.servers.nodes import Cluster, Node

NAMES = {
    "sign-out that a client asks for": "tokens/sign_out.html",
    "signed out": "tokens/signed_out.html",
    "signed out, and led nowhere": "tokens/signed_out.html",
    "a sign-out that cannot be answered": "error.html",
    "nothing here": "404.html",
    "a request that is not understood": "400.html",
    "a server that is away": "error.html",
    "something that broke": "500.html",
    "no sign-up here": "accounts/no_sign_up.html",
    "no way back here": "accounts/no_reset.html",
    "no change of address here": "accounts/no_change_of_address.html",
    "errors, explained": "tokens/errors.html",
}
"""The template of each place."""
LONG = f"https://rp.example/{'signed-out' * 40}"
BROKEN = '{% extends "base.html" %}{% block content %}{% url "nowhere" %}{% endblock %}'


@contextlib.contextmanager
def lesser(provider: Cluster, folder: Path) -> Iterator[Sequence[Node]]:
    """Two nodes without mail, where nobody signs up and a template of one's own is broken: the first one's database is
    away, too."""
    (folder / "templates/accounts").mkdir(parents=True)
    (folder / "templates/accounts/second_step_over.html").write_text(BROKEN)
    told = {
        "IDP_ACCOUNTS_SIGN_UP": "closed",
        "IDP_MAIL_FOLDER": "",
        "IDP_MAIL_SUPPORT": "help-of-quite-a-long-name@support.example.org",
        "IDP_BRAND_FOLDER": str(folder),
    }
    with provider.more(2, [{"DATABASE_URL": f"postgresql://{LOOPBACK}:{free_port()}/nobody"}], **told) as nodes:
        yield nodes


def places(provider: Cluster, lessers: Sequence[Node], client_id: str, known: object) -> Places:
    """`known`: the cookies of somebody who is signed in."""
    oauth2 = f"{provider.issuer}/oauth2"
    away, lesser = lessers
    return {
        "sign-out that a client asks for": Place(f"{oauth2}/sign_out?client_id={client_id}", known),
        "signed out": Place(f"{oauth2}/logout?client_id={client_id}"),
        "signed out, and led nowhere": Place(
            f"{oauth2}/logout?client_id={client_id}&post_logout_redirect_uri={LONG}", status=400
        ),
        "a sign-out that cannot be answered": Place(f"{oauth2}/logout?state=a&state=b", status=400),
        "nothing here": Place(f"{provider.issuer}/nowhere", status=404),
        "a request that is not understood": Place(f"{provider.issuer}/accounts/login/?{'a&' * 1001}", status=400),
        "a server that is away": Place(f"{away.url}/oauth2/authorize?client_id=x", status=503),
        "something that broke": Place(f"{lesser.url}/accounts/second-step/?sign_in=x", status=500),
        "no sign-up here": Place(f"{lesser.url}/accounts/sign-up/", status=403),
        "no way back here": Place(f"{lesser.url}/accounts/password/reset/"),
        "no change of address here": Place(f"{lesser.url}/accounts/address/"),
        "errors, explained": Place(f"{oauth2}/errors"),
    }
