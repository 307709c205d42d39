"""jwks_uri (RFC 7517 §5)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse

from tokens.conf import conf
from tokens.endpoint import endpoint
from tokens.keys import signer


@endpoint("GET", cors=True)
def jwks(request: HttpRequest, now: datetime) -> HttpResponse:
    headers = {"Cache-Control": f"public, max-age={conf().jwks_max_age}"}
    return JsonResponse(signer().jwks(), content_type="application/jwk-set+json", headers=headers)
