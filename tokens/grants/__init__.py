"""The grants: one module a grant_type, each one function that turns a token request into an issuance. A new one is a
module and a line here; what is issued is the mint's affair."""

from collections.abc import Callable, Mapping
from datetime import datetime

from tokens.grants import authorization_code, client_credentials, refresh_token
from tokens.protocol.errors import UnauthorizedClient, UnsupportedGrantType
from tokens.protocol.records import Client, Issuance
from tokens.protocol.token_request import TokenRequest

Redeem = Callable[[TokenRequest, Client, datetime], Issuance]

GRANTS: Mapping[str, Redeem] = {
    "authorization_code": authorization_code.redeem,
    "refresh_token": refresh_token.redeem,
    "client_credentials": client_credentials.redeem,
}


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """What the request is entitled to. Its first write consumes the grant. Raises an OAuthError of RFC 6749 §5.2."""
    if request.grant_type not in GRANTS:
        raise UnsupportedGrantType("this grant_type is not supported")
    if request.grant_type not in client.grant_types:
        raise UnauthorizedClient("the client may not use this grant_type")
    return GRANTS[request.grant_type](request, client, now)
