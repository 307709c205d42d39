"""What is told of a refusal: to the client where it is explained, and to the log which request it was."""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.site.refusal_lines import LINE, NOBODY, mark_told
from tokens.protocol.errors import OAuthError
from tokens.protocol.reasons import quotable
from tokens.protocol.records import Client

ERRORS = "oauth2/errors"
"""The path of the page that explains them. Its nodes may be others than the one that refuses."""
_NOBODY: Any = object()
logger = logging.getLogger(__name__)


def section(error: OAuthError) -> str:
    """The path of the page with the section of the error's reason; empty for a reason that the page does not have."""
    return f"/{ERRORS}#{error.reason}" if error.reason else ""


def parameters(error: OAuthError) -> dict[str, str]:
    """What leaves the server, as JSON members or as response parameters (RFC 6749 §4.1.2.1, §5.2)."""
    explained = {"error_uri": settings.ISSUER + section(error)} if error.reason else {}
    return {**error.parameters(), **explained}


def log(request: HttpRequest, error: OAuthError) -> None:
    """One line for each refusal; its number stands in front of it. Never what came, which may be a credential in the
    wrong place: of the client that the request names, which nobody may have proved, its id where there is such a one.
    """
    told = (quotable(request.path), _named_client(request), error.error, error.reason or NOBODY)
    logger.info(LINE, *told)
    mark_told(request)


def _named_client(request: HttpRequest) -> str:
    """By the `named_client` that those who look for it leave at the request."""
    named: Client | None = getattr(request, "named_client", _NOBODY)
    if named is _NOBODY:
        return NOBODY
    return quotable(named.client_id) if named is not None else "unknown"
