"""What the balancer answers by itself: JSON, or a small page where people are."""

import json
from html import escape
from http import HTTPStatus

from idp.local.balancer.head import Refused

RETRY_AFTER = 2  # seconds


def answer(refused: Refused, *, page: bool = False) -> bytes:
    """The whole response. The connection ends after it."""
    body, kind = (_page(refused), "text/html; charset=utf-8") if page else (_json(refused), "application/json")
    lines = [
        f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "Access-Control-Allow-Origin: *",
        "Access-Control-Expose-Headers: Retry-After",
        "Connection: close",
        *([f"Retry-After: {RETRY_AFTER}"] if refused.status >= 500 else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _json(refused: Refused) -> bytes:
    error = "temporarily_unavailable" if refused.status >= 500 else "invalid_request"
    return json.dumps({"error": error, "error_description": refused.why}).encode()


def _page(refused: Refused) -> bytes:
    title = "Back in a moment" if refused.status >= 500 else "This cannot be read"
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title>"
        f"<h1>{title}</h1><p>{escape(refused.why)}</p></html>"
    ).encode()
