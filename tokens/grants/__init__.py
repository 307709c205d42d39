"""The grants: one module a grant_type, with a function that turns a token request into an issuance. A new one is a
module and a line here; what is issued is the mint's affair."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tokens.grants import authorization_code, client_credentials, refresh_token
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client, Confirmation, Issuance
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store


@dataclass(frozen=True, slots=True)
class Grant:
    """`redeem`: what the request is entitled to; its first write consumes the grant. `parameters`: the names of those
    that this grant reads beyond what every token request may have. `consumes`: false where this client may ask with the
    same again and again."""

    redeem: Callable[[TokenRequest, Client, datetime], Issuance]
    parameters: tuple[str, ...] = ()
    consumes: Callable[[Client], bool] = lambda client: True


GRANTS: Mapping[str, Grant] = {
    "authorization_code": Grant(authorization_code.redeem, parameters=("code", "redirect_uri", "code_verifier")),
    "refresh_token": Grant(refresh_token.redeem, parameters=("refresh_token",), consumes=lambda client: client.rotates),
    "client_credentials": Grant(client_credentials.redeem, consumes=lambda client: False),
}


def token_request(form: Mapping[str, str], sender: Confirmation) -> TokenRequest:
    """The request, with the parameters of its grant. Raises InvalidRequest or InvalidTarget."""
    grant = GRANTS.get(form.get("grant_type", ""))
    return TokenRequest.parse(form, parameters=grant.parameters if grant else (), confirmation=sender)


def consumes(request: TokenRequest, client: Client) -> bool:
    """Whether to answer it spends something, which has to be one act with what is issued."""
    return request.grant_type in GRANTS and GRANTS[request.grant_type].consumes(client)


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    """What the request is entitled to, bound to the keys that its sender has shown. Raises an OAuthError of RFC 6749
    §5.2."""
    if request.grant_type not in GRANTS:
        raise refusal("grant_type_unsupported", came=request.grant_type, right=[*GRANTS])
    if request.grant_type not in client.grant_types:
        raise refusal("grant_type_unauthorized", came=request.grant_type, right=client.grant_types)
    issuance = GRANTS[request.grant_type].redeem(request, client, now)
    return replace(issuance, confirmation=request.confirmation)


def settle(issuance: Issuance) -> None:
    """Writes what a request that was refused must not have written, and nobody needs whose tokens were lost."""
    if (kept := issuance.extended) is not None:
        store().refresh_tokens.extend(kept.key, kept.expires)
