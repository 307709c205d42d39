"""introspection_endpoint (RFC 7662)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.claims import person_of
from accounts.ground.unavailable import Unavailable
from tokens.endpoint import endpoint
from tokens.endpoint.client_authentication import authenticate_client
from tokens.endpoint.form import read_form
from tokens.protocol import claims, permission
from tokens.protocol.claims_mapping import STANDARD
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Authorization, Client
from tokens.protocol.resource_registration import USERNAME
from tokens.protocol.subject import subject
from tokens.verifier import VerifiedAccessToken, VerifiedRefreshToken, may_use, read_token

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
    told = _answer(token, client) if token is not None and _may_know(client, token) else None
    return JsonResponse(told or INACTIVE)


def _may_know(client: Client, token: VerifiedAccessToken | VerifiedRefreshToken) -> bool:
    return token.client_id == client.client_id or not frozenset(client.resources).isdisjoint(token.audience)


def _answer(token: VerifiedAccessToken | VerifiedRefreshToken, client: Client) -> dict[str, object] | None:
    """RFC 7662 §2.2. An access token's own `sub`, for every client that asks; a refresh token is the client's that
    asks. None where its person may not use the client any more."""
    if isinstance(token, VerifiedRefreshToken):
        if not may_use(client, token.authorization.subject):
            return None
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
    if told is None:
        return None
    return {**told, "active": True, "token_type": token.confirmation.token_type, **token.claims}


def _of_the_person(token: VerifiedAccessToken, client: Client) -> Mapping[str, object] | None:
    """`username`, and what the resources ask for that the client serves; None where the person is in none of the groups
    that may use the token's client. Their account is read where either has to be known."""
    if token.authorization is None:
        return {}
    wanted = _wanted(token, token.authorization, client)
    if not wanted and not token.client.allowed_groups:
        return {}
    try:
        person = person_of(token.authorization.subject)
    except Unavailable:
        # No resource asked for a name, and RFC 7662 §2.2 has it optional: the token is worth as much without.
        if _asked_for(token, client) or token.client.allowed_groups:
            raise
        return {}
    if person is None or not token.client.is_for(person.groups):
        return None
    told = {name: STANDARD[PREFERRED if name == USERNAME else name] for name in wanted}
    return claims.values(told, person, token.client)


def _wanted(token: VerifiedAccessToken, authorization: Authorization, client: Client) -> Collection[str]:
    """A token of a pairwise client says by another `sub` than the person's own that they are to be known by no name,
    unless a resource asks for it."""
    if client.told_at_introspection.keys().isdisjoint(token.audience):
        return ()
    asked = _asked_for(token, client)
    return asked | {USERNAME} if token.subject == authorization.subject else asked


def _asked_for(token: VerifiedAccessToken, client: Client) -> set[str]:
    """What the resources of the token ask for that the client serves."""
    served = client.told_at_introspection.keys() & frozenset(token.audience)
    return {name for identifier in served for name in client.told_at_introspection[identifier]}
