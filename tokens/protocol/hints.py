"""Hints of a request that only make a page friendlier (OpenID Connect Core §3.1.2.1): they decide nothing."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from accounts.ground.shown_text import hidden

MAX_LOGIN_HINT = 254  # characters
MAX_LOCALES = 20
NAMES = ("preferred_username", "email", "name")
"""Claims of an ID token by which a person knows themselves, the one that they sign in by first."""
_TAG = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,7}", re.ASCII)


def login_hint(parameters: Mapping[str, str]) -> str:
    """Whom the client expects to sign in; empty where there is nothing that a name field could show."""
    return shown_name(parameters.get("login_hint"))


def shown_name(name: Any) -> str:
    """The name as a field may show it; empty where it is none."""
    text = name.strip() if isinstance(name, str) else ""
    return text if len(text) <= MAX_LOGIN_HINT and text.isprintable() and not hidden(text) else ""


def language(parameters: Mapping[str, str], have: Collection[str]) -> str | None:
    """The first of `ui_locales` that we have, or a wider one for it (RFC 4647 §3.4). `have`: tags in lower case."""
    for tag in parameters.get("ui_locales", "").split(" ", MAX_LOCALES)[:MAX_LOCALES]:
        if _TAG.fullmatch(tag):
            parts = tag.lower().split("-")
            ranges = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
            if match := next((wider for wider in ranges if wider in have), None):
                return match
    return None
