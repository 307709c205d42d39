"""introspection_endpoint (RFC 7662)."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from tokens.endpoint import endpoint
from tokens.endpoint.client_authentication import authenticate_client
from tokens.endpoint.form import read_form
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client
from tokens.protocol.subject import subject
from tokens.verifier import VerifiedAccessToken, VerifiedRefreshToken, read_token

INACTIVE = {"active": False}


@endpoint("POST")
def introspection(request: HttpRequest, now: datetime) -> HttpResponse:
    """What a token is worth, for the client that holds it or the API that it is meant for; inactive for all others, in
    the same words as for a token that never was."""
    form = read_form(request)
    client = authenticate_client(request, form, now)
    if client.public:
        raise refusal("public_client_introspects")
    if "token" not in form:
        raise refusal("parameter_missing", name="token")
    token = read_token(form["token"], form.get("token_type_hint"), client, now)
    return JsonResponse(_answer(token, client) if token is not None and _may_know(client, token) else INACTIVE)


def _may_know(client: Client, token: VerifiedAccessToken | VerifiedRefreshToken) -> bool:
    return token.client_id == client.client_id or not frozenset(client.resources).isdisjoint(token.audience)


def _answer(token: VerifiedAccessToken | VerifiedRefreshToken, client: Client) -> dict[str, object]:
    """RFC 7662 §2.2. An access token's own `sub`, for every client that asks; a refresh token is the client's that
    asks."""
    if isinstance(token, VerifiedRefreshToken):
        return {
            "active": True,
            "iss": settings.ISSUER,
            "sub": subject(client, token.authorization.subject, settings.PAIRWISE_SALT),
            "client_id": token.client_id,
            "scope": " ".join(token.scope),
            "exp": int(token.expires.timestamp()),
            **({"cnf": token.confirmation.cnf} if token.confirmation.cnf else {}),
        }
    return {"active": True, "token_type": token.confirmation.token_type, **token.claims}
