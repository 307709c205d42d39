"""What is told of a refusal: to the client where it is explained, and to the log which request it was."""

import logging

from django.conf import settings
from django.http import HttpRequest

from tokens.protocol.errors import OAuthError
from tokens.protocol.reasons import quotable
from tokens.protocol.records import Client

ERRORS = "oauth2/errors"
"""The path of the page that explains them. Its nodes may be others than the one that refuses."""
logger = logging.getLogger(__name__)


def section(error: OAuthError) -> str:
    """The path of the page with the section of the error's reason; empty for a reason that the page does not have."""
    return f"/{ERRORS}#{error.reason}" if error.reason else ""


def parameters(error: OAuthError) -> dict[str, str]:
    """What leaves the server, as JSON members or as response parameters (RFC 6749 §4.1.2.1, §5.2)."""
    explained = {"error_uri": settings.ISSUER + section(error)} if error.reason else {}
    return {**error.parameters(), **explained}


def concerns(request: HttpRequest, client: Client | None) -> None:
    """Says which client the request names, so that its refusal can be found. Nobody has proved it."""
    request.unverified_client = "unknown" if client is None else client.client_id  # type: ignore[attr-defined]  # ours


def log(request: HttpRequest, error: OAuthError) -> None:
    """One line for each refusal; its number stands in front of it. Never what came, which may be a credential in the
    wrong place: the client's id only where there is such a client."""
    client = quotable(getattr(request, "unverified_client", "-"))
    told = (quotable(request.path), client, error.error, error.reason or "-")
    logger.info("refused at %s: client %s, error %s, reason %s", *told)
