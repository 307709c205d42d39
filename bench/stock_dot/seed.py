"""Rows to measure with: a person, clients, authorization codes, as django-oauth-toolkit's own views write them."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from oauth2_provider.models import Application, Grant

REDIRECT_URI = "https://client.example/callback"
CODE_VERIFIER = secrets.token_urlsafe(48)
SCOPE = "openid introspection"


@dataclass(frozen=True, slots=True)
class StockClient:
    client_id: str
    client_secret: str

    def authorization(self) -> dict[str, str]:
        """The header of client_secret_basic; nothing for a public client."""
        if not self.client_secret:
            return {}
        pair = f"{self.client_id}:{self.client_secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def public_client() -> StockClient:
    return _client(client_type="public", authorization_grant_type="authorization-code")


def confidential_client(*, hash_client_secret: bool = True) -> StockClient:
    return _client(authorization_grant_type="authorization-code", hash_client_secret=hash_client_secret)


def machine_client(*, hash_client_secret: bool = True) -> StockClient:
    return _client(authorization_grant_type="client-credentials", hash_client_secret=hash_client_secret)


def device_client() -> StockClient:
    return _client(
        client_type="public", authorization_grant_type="urn:ietf:params:oauth:grant-type:device_code", algorithm=""
    )


def _client(*, client_type: str = "confidential", algorithm: str = "RS256", **columns: object) -> StockClient:
    client_secret = "" if client_type == "public" else secrets.token_urlsafe(32)
    row = Application.objects.create(
        client_type=client_type,
        client_secret=client_secret,
        redirect_uris=REDIRECT_URI,
        algorithm=algorithm,
        **columns,
    )
    return StockClient(row.client_id, client_secret)


def person() -> Any:
    # Any: the types come from the product's settings, where the user is another model.
    return User.objects.get_or_create(username="person")[0]


def authorization_code(client: StockClient) -> str:
    """A code just as `OAuth2Validator._create_authorization_code` saves it, PKCE S256 and a nonce included."""
    digest = hashlib.sha256(CODE_VERIFIER.encode()).digest()
    code = secrets.token_urlsafe(24)
    Grant.objects.create(
        user=person(),
        code=code,
        application=Application.objects.get(client_id=client.client_id),
        expires=timezone.now() + timedelta(minutes=5),
        redirect_uri=REDIRECT_URI,
        scope=SCOPE,
        code_challenge=base64.urlsafe_b64encode(digest).decode().rstrip("="),
        code_challenge_method="S256",
        nonce=secrets.token_urlsafe(8),
        claims="{}",
    )
    return code


def code_form(client: StockClient, code: str) -> dict[str, str]:
    """The token request that redeems `code`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": CODE_VERIFIER,
    }
    return form if client.client_secret else form | {"client_id": client.client_id}


def refresh_form(client: StockClient, refresh_token: str) -> dict[str, str]:
    """The token request that spends `refresh_token`."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return form if client.client_secret else form | {"client_id": client.client_id}
