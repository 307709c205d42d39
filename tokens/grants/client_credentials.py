"""client_credentials (RFC 6749 §4.4): the client acts for itself. No person, no ID token, no refresh token."""

from datetime import datetime

from tokens.protocol.reasons import refusal
from tokens.protocol.records import OFFLINE_ACCESS, Client, Issuance
from tokens.protocol.scopes import OPENID, narrowed, own
from tokens.protocol.token_request import TokenRequest


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """Nothing is consumed: the client may ask again."""
    if client.public:
        raise refusal("public_client_credentials")
    scope = narrowed(request.scope, client.scope) if request.scope is not None else own(client.scope)
    if not {OPENID, OFFLINE_ACCESS}.isdisjoint(scope):
        raise refusal("scope_for_people")
    return Issuance(authorization=None, scope=scope, resource=request.resource or client.default_resource)
