"""How an authorization response travels (OAuth 2.0 Multiple Response Type Encoding Practices §2.1)."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

ResponseMode = Callable[[str, Mapping[str, str]], str]


def query(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """The parameters added to the query that the redirect URI may already have (RFC 6749 §3.1.2)."""
    separator = "&" if urlsplit(redirect_uri).query else "" if redirect_uri.endswith("?") else "?"
    return f"{redirect_uri}{separator}{urlencode(parameters)}"


RESPONSE_MODES: Mapping[str, ResponseMode] = {"query": query}
