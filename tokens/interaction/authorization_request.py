"""An authorization request, judged also by what only the store and our keys know."""

from collections.abc import Mapping
from dataclasses import replace

from tokens.conf import conf
from tokens.protocol.authorization_request import AuthorizationRequest, judge
from tokens.protocol.claims_request import both
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.records import Client
from tokens.verifier import read_id_token_hint


def read(parameters: Mapping[str, str], client: Client) -> AuthorizationRequest:
    """Stage two. Raises errors that go back to the client."""
    request = judge(parameters, client, pkce_floor=conf().pkce)
    if "id_token_hint" in parameters:
        named = frozenset({_hinted(parameters["id_token_hint"], client)})
        request = replace(request, subjects=both(request.subjects, named))
    return request


def _hinted(hint: str, client: Client) -> str:
    """Whom an ID token of ours, expired or not, told the client of (OpenID Connect Core §3.1.2.1)."""
    claims = read_id_token_hint(hint)
    if claims is None or claims["aud"] != client.client_id:
        raise InvalidRequest("id_token_hint is not an ID token that was issued here to this client")
    sub: str = claims["sub"]
    return sub
