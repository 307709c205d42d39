"""Every path that is mounted."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

ANSWERED = (200, 302, 303, 400, 401, 403, 405, 410)
"""What a path answers to who asks for it and has nothing, where it is served."""


def paths(patterns: Any = None, prefix: str = "/") -> Iterator[str]:
    """Every path of a node that is all, with two of the admin's."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLPattern):
            yield prefix + str(each.pattern)
        elif isinstance(each, URLResolver) and each.app_name != admin.site.name:
            yield from paths(each.url_patterns, prefix + str(each.pattern))
    if patterns is None:
        yield from ("/admin/", "/admin/tokens/client/add/")
