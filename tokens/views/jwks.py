"""jwks_uri (RFC 7517 §5)."""

from datetime import datetime
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response

from tokens.endpoint import endpoint
from tokens.keys import signer

MEDIA_TYPES = ("application/jwk-set+json", "application/json")
"""RFC 7517 §8.5, and what a reader may ask for in its place."""


@endpoint("GET", cors=True)
def jwks(request: HttpRequest, now: datetime) -> HttpResponse:
    published = signer().jwks()
    media_type = request.get_preferred_type(MEDIA_TYPES) or MEDIA_TYPES[0]
    response = JsonResponse({"keys": published.keys}, content_type=media_type)
    response["Cache-Control"] = f"public, max-age={published.max_age}"
    response["Vary"] = "Accept"
    response["ETag"] = f'"{sha256(media_type.encode() + response.content).hexdigest()[:32]}"'
    # RFC 9110 §13.2.2: who has it already is told so, and may keep it for as long again.
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
