"""How an authorization response travels (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0 Form Post
Response Mode §2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Redirect:
    """The browser is sent to `url`, which has all of the response in it."""

    url: str


@dataclass(frozen=True, slots=True)
class FormPost:
    """The browser posts the response to the redirect URI."""

    redirect_uri: str
    fields: Mapping[str, str]


Sent = Redirect | FormPost
ResponseMode = Callable[[str, Mapping[str, str]], Sent]


def query(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """The parameters added to the query that the redirect URI may already have (RFC 6749 §3.1.2)."""
    separator = "&" if urlsplit(redirect_uri).query else "" if redirect_uri.endswith("?") else "?"
    return f"{redirect_uri}{separator}{urlencode(parameters)}"


def fragment(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """The parameters as the fragment; no redirect URI that is registered has one."""
    return f"{redirect_uri}#{urlencode(parameters)}"


def _redirect(url: Callable[[str, Mapping[str, str]], str]) -> ResponseMode:
    return lambda redirect_uri, parameters: Redirect(url(redirect_uri, parameters))


RESPONSE_MODES: Mapping[str, ResponseMode] = {
    "query": _redirect(query),
    "fragment": _redirect(fragment),
    "form_post": FormPost,
}


def can_carry(mode: str, redirect_uri: str) -> bool:
    """Whether a response can reach the redirect URI so: no browser posts a form to an app's private-use scheme."""
    return mode in RESPONSE_MODES and (mode != "form_post" or urlsplit(redirect_uri).scheme in ("https", "http"))
