"""client_credentials (RFC 6749 §4.4): the client acts for itself. No person, no ID token, no refresh token."""

from datetime import datetime

from tokens.protocol import permission, resources, scopes
from tokens.protocol.reasons import refusal
from tokens.protocol.records import OFFLINE_ACCESS, Client, Issuance
from tokens.protocol.token_request import TokenRequest


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """Nothing is consumed: the client may ask again."""
    if client.public:
        raise refusal("public_client_credentials")
    names = scopes.parse(request.scope) if request.scope is not None else None
    may_have = permission.names(client.scope)
    if more := [name for name in names or () if name not in may_have]:
        raise refusal("scope_unknown", came=" ".join(more), right=" ".join(may_have))
    if not {scopes.OPENID, OFFLINE_ACCESS}.isdisjoint(names or ()):
        raise refusal("scope_for_people")
    identifiers = resources.named(request.resource, request.audience, permission.resources(client.scope))
    entitled = resources.entitlement(names, identifiers, client)
    return Issuance(authorization=None, scope=entitled.scope, resource=entitled.resource)
