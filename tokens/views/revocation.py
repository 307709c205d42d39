"""revocation_endpoint (RFC 7009)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from tokens.conf import JOURNAL_LIFETIME
from tokens.endpoint import endpoint
from tokens.endpoint.client_authentication import authenticate_client
from tokens.endpoint.form import read_form
from tokens.protocol import journal
from tokens.protocol.reasons import refusal
from tokens.stores import store
from tokens.verifier import Revocable, revocable


@endpoint("POST", cors=True)
def revocation(request: HttpRequest, now: datetime) -> HttpResponse:
    """Ends everything that hangs on the token's sign-in: the pair dies together (§2.1). The answer is the same for a
    token that never was, or is another client's (§2.2)."""
    form = read_form(request)
    client = authenticate_client(request, form, now)
    if "token" not in form:
        raise refusal("parameter_missing", name="token")
    found = revocable(form["token"], form.get("token_type_hint"), client)
    if found is not None:
        _revoke(found, now)
    return HttpResponse(status=200)


def _revoke(found: Revocable, now: datetime) -> None:
    if found.authorization_id is not None:
        store().journal.revoke_authorization(found.authorization_id, now + JOURNAL_LIFETIME)
    else:
        store().journal.revoke(journal.token(found.jti), found.expires)
