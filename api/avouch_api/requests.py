"""The access token of a request to this API (RFC 6750 §2.1), judged."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from avouch_api.conf import Provider, provider
from avouch_api.refusals import InvalidRequest, NoToken
from avouch_api.tokens import AccessToken, Judge


class Request(Protocol):
    """Django's, or what REST framework makes of it."""

    GET: Any

    @property
    def headers(self) -> Mapping[str, str]: ...


def shows_token(request: Request) -> bool:
    """Whether the request says that it has an access token, a good one or not."""
    return (
        "access_token" in request.GET or request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"
    )


def access_token(request: Request, scopes: tuple[str, ...] = ()) -> AccessToken:
    """The token of the Authorization header, if it is good and has all of the scopes. Raises a Refusal, or Unavailable
    where the provider does not answer."""
    if "access_token" in request.GET:
        raise InvalidRequest("an access token does not belong into a URL", scopes)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NoToken("an access token is needed", scopes)
    found = _judge(provider()).judged(token.strip())
    found.needs(scopes)
    return found


@cache
def _judge(whose: Provider) -> Judge:
    """One for each provider, so that its keys are read once."""
    return Judge(whose)
