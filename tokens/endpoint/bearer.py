"""The access token that a request shows (RFC 6750 §2)."""

from django.http import HttpRequest

from tokens.endpoint.failures import NoToken
from tokens.endpoint.form import FORM_TYPE, read_form, read_query
from tokens.protocol.errors import InvalidRequest


def bearer_token(request: HttpRequest) -> str:
    """The access token of the header or the form body (RFC 6750 §2.1, §2.2). One in the query is refused (RFC 9700
    §4.3.2)."""
    if "access_token" in read_query(request):
        raise InvalidRequest("an access token does not belong into a URL")
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    in_header = shown.strip() if scheme.lower() == "bearer" else None
    is_form = request.method == "POST" and request.content_type == FORM_TYPE
    in_body = read_form(request).get("access_token") if is_form else None
    if in_header is not None and in_body is not None:
        raise InvalidRequest("the access token was sent twice")
    token = in_header or in_body
    if not token:
        raise NoToken("an access token is needed")
    return token
