"""jwks_uri (RFC 7517 §5)."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response

from tokens.endpoint import endpoint
from tokens.keys import signer

MEDIA_TYPES = ("application/jwk-set+json", "application/json")
"""RFC 7517 §8.5, and what a reader may ask for in its place."""
_QUALITY = re.compile(r"(?:^|;)\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)", re.IGNORECASE | re.ASCII)


@endpoint("GET", cors=True)
def jwks(request: HttpRequest, now: datetime) -> HttpResponse:
    published = signer().jwks()
    media_type = preferred(request.headers.get("Accept", "*/*"))
    response = JsonResponse({"keys": published.keys}, content_type=media_type)
    response["Cache-Control"] = f"public, max-age={published.max_age}"
    response["Vary"] = "Accept"
    response["ETag"] = f'"{sha256(media_type.encode() + response.content).hexdigest()[:32]}"'
    # RFC 9110 §13.2.2: who has it already is told so, and may keep it for as long again.
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def preferred(accept: str) -> str:
    """Which of MEDIA_TYPES the header asks for (RFC 9110 §12.5.1); the first where it asks for none of them.

    Django's own reader of the header looks up the encodings that it names, and Python keeps each name for ever."""
    ranges = [each.partition(";") for each in accept.split(",")]
    asked = {name.strip().lower(): _quality(parameters) for name, _, parameters in ranges}
    return max(MEDIA_TYPES, key=lambda media_type: _wanted(media_type, asked))


def _wanted(media_type: str, asked: Mapping[str, float]) -> tuple[float, int]:
    """The quality of the range that names it most closely, and how closely."""
    names = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next(((asked[name], -place) for place, name in enumerate(names) if name in asked), (0.0, 0))


def _quality(parameters: str) -> float:
    found = _QUALITY.search(parameters)
    return float(found[1]) if found else 1.0
