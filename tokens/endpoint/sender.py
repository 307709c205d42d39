"""The sender's key: each way to show one is a module here and a line in SENDER_CONSTRAINTS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from tokens.protocol.records import Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderConstraint:
    """A way for the sender of a request to show a key of its own, such as DPoP or mutual TLS."""

    read: Callable[[HttpRequest, str | None, datetime], Confirmation]
    """What the request shows; empty where it does not try. It gets the access token that is shown along, which is None
    at the token endpoint. Raises an OAuthError for a proof that is not good."""
    scheme: str = "Bearer"
    """The scheme of the Authorization header that such an access token is shown with."""
    challenge: str = ""
    """What the scheme's challenge says of itself (RFC 9449 §7.1: `algs="…"`)."""
    request_headers: tuple[str, ...] = ()
    response_headers: tuple[str, ...] = ()
    """The headers that browsers let scripts of other origins send and read, beyond the usual ones."""


SENDER_CONSTRAINTS: Mapping[str, SenderConstraint] = {}
"""The name that the specification has for it → the constraint."""


def sender(request: HttpRequest, now: datetime, access_token: str | None = None) -> Confirmation:
    """All keys that the sender shows. Raises an OAuthError where one of them is not shown well."""
    cnf: dict[str, str] = {}
    for constraint in SENDER_CONSTRAINTS.values():
        cnf |= constraint.read(request, access_token, now).cnf
    return Confirmation.of(cnf)


def schemes() -> dict[str, str]:
    """The schemes that an access token may be shown with, Bearer first, each with what its challenge says of itself."""
    return {"Bearer": "", **{each.scheme: each.challenge for each in SENDER_CONSTRAINTS.values()}}
