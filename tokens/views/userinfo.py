"""userinfo_endpoint (OpenID Connect Core §5.3)."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.claims import person_of
from tokens.endpoint import endpoint
from tokens.endpoint.bearer import shown_access_token
from tokens.endpoint.failures import bearer_failure
from tokens.keys import signer
from tokens.protocol import access_token, claims, id_token, scopes
from tokens.protocol.reasons import refusal
from tokens.verifier import VerifiedAccessToken, verify_access_token


@endpoint("GET", "POST", failure=bearer_failure, cors=True)
def userinfo(request: HttpRequest, now: datetime) -> HttpResponse:
    token = verify_access_token(shown_access_token(request, now), audience=settings.ISSUER, now=now)
    content = claims_told(token)
    alg = token.claims.get(access_token.USERINFO_ALG)
    return JsonResponse(content) if alg is None else _signed(content, token.client_id, alg)


def claims_told(token: VerifiedAccessToken) -> dict[str, object]:
    """What scopes cover and what was asked for one by one, with `sub` as in the ID token (§5.3.2)."""
    authorization, client = token.authorization, token.client
    if authorization is None or scopes.OPENID not in token.scope:
        raise refusal("openid_missing")
    person = person_of(authorization.subject)
    if person is None:
        raise refusal("access_token_account_closed")
    if not client.is_for(person.groups):
        raise refusal("access_token_of_excluded_person")
    told = claims.in_userinfo(authorization, token.scope, client)
    return {**claims.values(told, person, client), "sub": token.subject}


def _signed(content: dict[str, object], client_id: str, alg: str) -> HttpResponse:
    """§5.3.2: `iss` and `aud` with the claims. The typ is an ID token's, which is what clients' libraries take, but
    without `exp` nobody takes it for one."""
    signed = {**id_token.without_marks(content), "iss": settings.ISSUER, "aud": client_id}
    return HttpResponse(signer().sign(signed, typ=id_token.TYP, alg=alg), content_type="application/jwt")
