"""What a client does with the tokens that it holds: refreshes them, asks what they are worth, gives them back."""

from typing import Any

from django.test import Client

from tests.support.endpoints import post
from tests.support.endpoints import redeem as _redeem
from tests.support.messages import USERINFO, Registered, basic, bearer, refused

INTROSPECT, REVOKE, END_SESSION = "/oauth2/introspect", "/oauth2/revoke", "/oauth2/logout"
INACTIVE = {"active": False}
REFUSED = refused(
    "invalid_grant",
    "the refresh token is unknown, expired, revoked, spent, or another client's",
    "refresh_token_unknown",
)


def refresh(sender: Client, client: Registered, token: str, presented: str = "", /, **changes: str | None) -> Any:
    """The token endpoint's answer; `presented` as in endpoints.redeem, by default as the client is registered."""
    method = presented or ("client_secret_basic" if client.client_secret else "none")
    no_code = {"code": None, "redirect_uri": None, "code_verifier": None}
    form = {"grant_type": "refresh_token", "refresh_token": token, **no_code, **changes}
    return _redeem(sender, client, "", method, **form)


def introspect(sender: Client, client: Registered, token: str, **more: str) -> Any:
    return post(sender, INTROSPECT, {"token": token, **more}, basic(client.client_id, client.client_secret))


def is_active(sender: Client, client: Registered, token: str) -> bool:
    answer = introspect(sender, client, token)
    assert answer.status_code == 200, answer.content
    if answer.json() == INACTIVE:
        return False
    assert answer.json()["active"] is True
    return True


def revoke(sender: Client, client: Registered, token: str, **more: str) -> Any:
    form, headers = {"token": token, **more}, None
    if client.client_secret:
        headers = basic(client.client_id, client.client_secret)
    else:
        form["client_id"] = client.client_id
    return post(sender, REVOKE, form, headers)


def opens_userinfo(sender: Client, access_token: str) -> bool:
    answer = sender.get(USERINFO, headers=bearer(access_token))
    assert answer.status_code in (200, 401), answer.content
    return answer.status_code == 200
