"""Asks the provider for JSON: over https, or over http on this machine, no more than a megabyte, for a few seconds."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError
from urllib.parse import quote_plus, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from avouch_api.refusals import Unavailable

MAX_BYTES = 1024 * 1024
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _NoRedirects(HTTPRedirectHandler):
    """An answer comes from where it was asked for, or not at all."""

    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


_opener = build_opener(_NoRedirects)


def get(url: str, timeout: float) -> tuple[dict[str, Any], int | None]:
    """The JSON object, and for how many seconds it may be kept (RFC 9111 §5.2), where that is said. Raises
    Unavailable."""
    return _ask(_request(url, {}), timeout)


def post(url: str, form: Mapping[str, str], client_id: str, client_secret: str, timeout: float) -> dict[str, Any]:
    """The JSON object that a client is answered which authenticates by HTTP Basic (RFC 6749 §2.3.1)."""
    credentials = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
    headers = {"Authorization": f"Basic {b64encode(credentials).decode()}"}
    return _ask(_request(url, headers, urlencode(form).encode()), timeout)[0]


def _request(url: str, headers: dict[str, str], body: bytes | None = None) -> Request:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Unavailable("the provider is asked by https only")
    return Request(url, body, {"Accept": "application/json", **headers})  # noqa: S310 its scheme was just judged


def _ask(request: Request, timeout: float) -> tuple[dict[str, Any], int | None]:
    try:
        with _opener.open(request, timeout=timeout) as answer:
            text = answer.read(MAX_BYTES + 1)
            control = answer.headers.get("Cache-Control", "")
    except (URLError, OSError, ValueError) as error:
        raise Unavailable(f"the provider does not answer: {type(error).__name__}") from None
    try:
        value = json.loads(text) if len(text) <= MAX_BYTES else None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Unavailable("the provider answers something else than a JSON object")
    age = re.search(r"\bmax-age=(\d{1,9})", control)
    return value, int(age[1]) if age else None
