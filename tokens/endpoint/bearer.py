"""The access token that a request shows (RFC 6750 §2), with what its sender shows along with it."""

from datetime import datetime

from django.http import HttpRequest

from accounts.site.form_type import FORM_TYPE
from tokens.endpoint.form import read_form, read_query
from tokens.endpoint.sender import schemes, sender
from tokens.protocol.reasons import refusal
from tokens.verifier import ShownAccessToken


def shown_access_token(request: HttpRequest, now: datetime) -> ShownAccessToken:
    """The access token of the header or the form body (RFC 6750 §2.1, §2.2). One in the query is refused (RFC 9700
    §4.3.2). Raises NoToken, InvalidRequest, or what a sender constraint raises."""
    if "access_token" in read_query(request):
        raise refusal("access_token_in_url")
    scheme, in_header = _in_header(request)
    is_form = request.method == "POST" and request.content_type == FORM_TYPE
    in_body = read_form(request).get("access_token") if is_form else None
    if in_header is not None and in_body is not None:
        raise refusal("access_token_twice")
    token = in_header or in_body
    if not token:
        raise refusal("access_token_missing")
    return ShownAccessToken(token=token, scheme=scheme, sender=sender(request, now, token))


def _in_header(request: HttpRequest) -> tuple[str, str | None]:
    """The scheme, and what follows it if it is one of those for access tokens. A token in a form is a Bearer token."""
    presented, _, token = request.headers.get("Authorization", "").partition(" ")
    scheme = next((name for name in schemes() if name.lower() == presented.lower()), None)
    return (scheme, token.strip()) if scheme is not None else ("Bearer", None)
