"""An authorization request, judged also by what only the store and our keys know."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from accounts.conf import conf as accounts_conf
from tokens.conf import conf
from tokens.protocol import permission
from tokens.protocol.authorization_request import AuthorizationRequest, judge
from tokens.protocol.claims_request import both
from tokens.protocol.reasons import quotable, refusal
from tokens.protocol.records import Client
from tokens.verifier import read_id_token_hint

logger = logging.getLogger(__name__)


def read(parameters: Mapping[str, str], client: Client) -> AuthorizationRequest:
    """Stage two. Raises errors that go back to the client."""
    request = judge(parameters, client, pkce_floor=conf().pkce, sign_up=accounts_conf().sign_up_is_open)
    if "id_token_hint" in parameters:
        named = frozenset({_hinted(parameters["id_token_hint"], client)})
        request = replace(request, subjects=both(request.subjects, named))
    return request


def tell_of_dropped(parameters: Mapping[str, str], judged: AuthorizationRequest) -> None:
    """Of scopes that were asked for and not granted, which the client reads from the `scope` of its tokens."""
    dropped = [name for name in parameters["scope"].split(" ") if name not in permission.names(judged.scope)]
    if dropped:
        logger.info("client %s: not granted of its scope: %s", judged.client_id, quotable(" ".join(dropped)))


def _hinted(hint: str, client: Client) -> str:
    """Whom an ID token of ours, expired or not, told the client of (OpenID Connect Core §3.1.2.1)."""
    claims = read_id_token_hint(hint)
    if claims is None or claims["aud"] != client.client_id:
        raise refusal("id_token_hint")
    sub: str = claims["sub"]
    return sub
