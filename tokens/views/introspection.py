"""introspection_endpoint (RFC 7662)."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.claims import person_of
from tokens.endpoint import endpoint
from tokens.endpoint.client_authentication import authenticate_client
from tokens.endpoint.form import read_form
from tokens.protocol import claims, permission
from tokens.protocol.claims_mapping import STANDARD
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client
from tokens.protocol.resource_registration import USERNAME
from tokens.protocol.subject import subject
from tokens.stores import store
from tokens.verifier import VerifiedAccessToken, VerifiedRefreshToken, read_token

PREFERRED = "preferred_username"
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
            "scope": " ".join(permission.names(token.scope)),
            "exp": int(token.expires.timestamp()),
            **({"cnf": token.confirmation.cnf} if token.confirmation.cnf else {}),
        }
    told = _of_the_person(token, client)
    return {**told, "active": True, "token_type": token.confirmation.token_type, **token.claims}


def _of_the_person(token: VerifiedAccessToken, client: Client) -> Mapping[str, object]:
    """`username`, and what the resources ask for that the client serves. A token of a pairwise client says by another
    `sub` than the person's own that they are to be known by no name, unless a resource asks for it."""
    served = frozenset(client.resources) & frozenset(token.audience)
    if token.authorization is None or not served:
        return {}
    wanted = {name for resource in store().resources.named(served) for name in resource.introspection_claims}
    if token.subject == token.authorization.subject:
        wanted.add(USERNAME)
    person = person_of(token.authorization.subject) if wanted else None
    told = {name: STANDARD[PREFERRED if name == USERNAME else name] for name in wanted}
    return claims.values(told, person, token.client) if person is not None else {}
