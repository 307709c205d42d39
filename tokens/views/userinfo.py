"""userinfo_endpoint (OpenID Connect Core §5.3)."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts import claims
from tokens.endpoint import bearer_failure, bearer_token, endpoint
from tokens.protocol.errors import InsufficientScope, InvalidToken
from tokens.protocol.scopes import OPENID
from tokens.verifier import verify_access_token


@endpoint("GET", "POST", failure=bearer_failure, cors=True)
def userinfo(request: HttpRequest, now: datetime) -> HttpResponse:
    token = verify_access_token(bearer_token(request), audience=settings.ISSUER, now=now)
    if token.authorization is None or OPENID not in token.scope:
        raise InsufficientScope("the access token lacks the scope openid")
    found = claims.claims(token.authorization.subject, token.scope)
    if found is None:
        raise InvalidToken("the person's account is closed")
    return JsonResponse({**found, "sub": token.claims["sub"]})
