"""Clients that sign, and what they redeem."""

from typing import Any

from django.test import Client

from accounts.models import User
from tests.support import builders
from tests.support.assertions import assertion_form
from tests.support.builders import save_code
from tests.support.endpoints import is_unspent, post
from tests.support.messages import TOKEN, Registered, code_form, refused

NOT_AUTHENTICATED = refused("invalid_client", "client authentication failed", "client_authentication_failed")


def register(**columns: Any) -> Registered:
    return builders.register("web", token_endpoint_auth_method="private_key_jwt", **columns)


def exchange(sender: Client, client: Registered, subject: User, token: str | None = None, **claims: Any) -> Any:
    """Redeems a new code with an assertion of the client's."""
    code, _ = save_code(client.client_id, str(subject.pk))
    response = post(sender, TOKEN, code_form(client, code) | assertion_form(client.client_id, token, **claims))
    assert is_unspent(code, client) == (response.status_code != 200)
    return response
