"""token_endpoint (RFC 6749 §3.2)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse

from tokens.endpoint import endpoint
from tokens.endpoint.client_authentication import authenticate_client
from tokens.endpoint.form import read_form
from tokens.endpoint.noting import note_protection
from tokens.endpoint.sender import sender
from tokens.grants import consumes, redeem, settle, token_request
from tokens.issuer import issue
from tokens.protocol import journal
from tokens.protocol.errors import Replayed
from tokens.protocol.records import Client, Issuance
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store


@endpoint("POST", cors=True)
def token(request: HttpRequest, now: datetime) -> HttpResponse:
    form = read_form(request)
    client = authenticate_client(request, form, now)
    issuance, tokens = _issued(token_request(form, sender(request, now)), client, now)
    note_protection(issuance, client, now)
    return JsonResponse(tokens)


def _issued(request: TokenRequest, client: Client, now: datetime) -> tuple[Issuance, dict[str, object]]:
    """One transaction, whose first write consumes the grant. A replay's revocation is one of its own: it outlives the
    refusal that rolls the first one back. Where nothing is consumed, nothing that is written needs the rest of it."""
    if not consumes(request, client):
        return _redeemed(request, client, now)
    try:
        return store().in_unit(lambda: _redeemed(request, client, now))
    except Replayed as replay:
        store().journal.revoke(journal.authorization(replay.authorization.id), replay.authorization.expires)
        raise


def _redeemed(request: TokenRequest, client: Client, now: datetime) -> tuple[Issuance, dict[str, object]]:
    issuance = redeem(request, client, now)
    tokens = issue(issuance, client, now)
    settle(issuance)
    return issuance, tokens
