"""The admin's pages of clients, as a browser sends and reads them."""

import re
from datetime import UTC, datetime
from typing import Any

from django.contrib.admin.utils import quote
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.support import builders
from tokens.admin import forms
from tokens.models import Client
from tokens.protocol import client_metadata
from tokens.protocol.client_authentication import CLIENT_SECRET_BASIC, check
from tokens.protocol.client_authentication.method import Presented
from tokens.protocol.errors import InvalidClient
from tokens.stores import store
from tokens.stores.orm.clients import record_of

ADD = "/admin/tokens/client/add/"
SECRET = re.compile(r'<code class="credential" aria-labelledby="client-secret">([^<]*)</code>')
PEOPLE = {
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "response_modes": ["query", "form_post"],
    "scope": "openid profile email address phone groups offline_access",
}
PUBLIC = {"token_endpoint_auth_method": "none", "pkce": "required"}
BY_KIND: dict[str, dict[str, Any]] = {
    "web": {**PEOPLE, "token_endpoint_auth_method": "client_secret_basic", "application_type": "web"},
    "spa": {**PEOPLE, **PUBLIC, "application_type": "web", "response_modes": ["fragment", "query"]},
    "native": {**PEOPLE, **PUBLIC, "application_type": "native", "response_modes": ["query"]},
    "machine": {
        "grant_types": ["client_credentials"],
        "response_types": [],
        "response_modes": [],
        "scope": "",
        "token_endpoint_auth_method": "client_secret_basic",
        "application_type": "web",
    },
    "api": {
        "grant_types": [],
        "response_types": [],
        "response_modes": [],
        "scope": "",
        "token_endpoint_auth_method": "client_secret_basic",
        "application_type": "web",
    },
}
URI = "https://rp.example/callback"


def new(kind: str = "web", **fields: Any) -> dict[str, Any]:
    """The form as a browser would send it."""
    uris = URI if kind in ("web", "spa", "native") else ""
    return {
        "new_client": forms.new_client_page(),
        "kind": kind,
        "client_name": "A site",
        "redirect_uris": uris,
    } | fields


def members(client: Client) -> dict[str, Any]:
    """The client's metadata, as RFC 7591 writes them."""
    return client_metadata.write(record_of(client))


def change_url(client: Client) -> str:
    return f"/admin/tokens/client/{quote(client.pk)}/change/"


def add_secret(browser: Browser, client: Client) -> Any:
    page = browser.get(change_url(client))
    return browser.post(page.context["add_secret_url"], {"latest": page.context["latest"]})


def shown(answer: Any) -> str:
    matches = SECRET.findall(answer.content.decode())
    assert len(matches) == 1, answer.content.decode()
    return str(matches[0])


def gets_in(client: Client, client_secret: str, settings: Settings) -> bool:
    proof = Presented(CLIENT_SECRET_BASIC, client.pk, client_secret)
    try:
        check(proof, store().clients.get(client.pk), builders.evidence(settings.PEPPERS, datetime.now(UTC)))
    except InvalidClient:
        return False
    return True


def edited(client: Client, **fields: Any) -> dict[str, Any]:
    """The change form of a client as a browser would send it."""
    shown = members(client)
    form = {
        "client_name": client.client_name,
        "grant_types": client.grant_types,
        "response_types": shown["response_types"],
        "response_modes": shown["response_modes"],
        "redirect_uris": "\n".join(shown["redirect_uris"]),
        "scope": client.scope.split(),
        "default_resource": shown["default_resource"],
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "pkce": shown["pkce"],
        "id_token_signed_response_alg": shown["id_token_signed_response_alg"],
        "subject_type": shown["subject_type"],
        "enabled": "on",
        "version": client.updated.isoformat(),
    }
    ticked = {name: "on" for name in ("claims_in_id_token", "username_as_name") if shown[name]}
    return form | ticked | fields
