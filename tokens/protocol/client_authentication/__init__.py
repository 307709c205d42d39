"""Client authentication (RFC 6749 §2.3): one module a method, named like the method, and a line here.

What the server must look up or remember for a method is `tokens.endpoint.client_authentication`'s affair."""

from collections.abc import Mapping
from typing import Any

from tokens.protocol.client_authentication import client_secret_basic, client_secret_post, none, private_key_jwt
from tokens.protocol.client_authentication.method import Credentials, Evidence, Method, Presented
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client

CLIENT_SECRET_BASIC = client_secret_basic.NAME
CLIENT_SECRET_POST = client_secret_post.NAME
PRIVATE_KEY_JWT = private_key_jwt.NAME
NONE = none.NAME

METHODS: Mapping[str, Method[Any]] = {
    CLIENT_SECRET_BASIC: client_secret_basic.METHOD,
    CLIENT_SECRET_POST: client_secret_post.METHOD,
    PRIVATE_KEY_JWT: private_key_jwt.METHOD,
    NONE: none.METHOD,
}
CONFIDENTIAL = tuple(name for name, method in METHODS.items() if method.credential != "none")
"""The methods of confidential clients (RFC 6749 §2.1)."""
SECRET_METHODS = tuple(name for name, method in METHODS.items() if method.credential == "client_secret")


def presented(credentials: Credentials) -> Presented[Any]:
    """What a request presents. Raises InvalidRequest for two methods (RFC 6749 §2.3), InvalidClient for none."""
    used = [name for name, method in METHODS.items() if _is_used(method, credentials)]
    if len(used) > 1:
        raise refusal("two_authentication_methods", conflict=METHODS[used[-1]].conflict)
    return METHODS[used[0] if used else NONE].present(credentials)


def check(shown: Presented[Any], client: Client | None, evidence: Evidence) -> Client:
    """The client, if `shown` proves that the request comes from it. Raises InvalidClient, with the same words and work
    for every fault; only whoever has the client's secret, and sent it in a way that it may not use, is told so."""
    candidate = client if client is not None and client.enabled else None
    proven = METHODS[shown.method].proves(shown.proof, candidate, evidence)
    if candidate is None or not proven:
        raise refusal("client_authentication_failed")
    if shown.method not in usable(candidate):
        raise refusal("client_method_refused", came=shown.method, right=candidate.token_endpoint_auth_method)
    return candidate


def usable(client: Client) -> tuple[str, ...]:
    """The methods by which it may authenticate: of the two that send a secret either, unless its operator pinned one;
    no secret stands in for keys of its own."""
    registered = client.token_endpoint_auth_method
    if registered in SECRET_METHODS and not client.pin_token_endpoint_auth_method:
        return SECRET_METHODS
    return (registered,)


def _is_used(method: Method[Any], credentials: Credentials) -> bool:
    in_header = method.header and credentials.authorization is not None
    return in_header or not method.parameters.isdisjoint(credentials.form)
