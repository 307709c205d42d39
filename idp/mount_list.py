"""What is mounted where: a list for people, answered with pages, and a list for programs, answered with JSON."""

from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from tokens import urls as endpoints

Mounted = URLPattern | URLResolver

SITE: Sequence[Mounted] = (
    [path("", include("accounts.urls")), path("admin/", admin.site.urls)] if settings.PAGES else []
)
"""Account and admin; a node without pages cannot even load them (IDP_ROLE)."""
PEOPLE: Sequence[Mounted] = [*SITE, *endpoints.front]
PROGRAMS: Sequence[URLPattern] = endpoints.back
MONITORED = ("/healthz", "/readyz", "/metrics")
"""What monitors ask: the same whatever the request's headers say."""
OF_PROGRAMS = frozenset(MONITORED) | {"/" + str(each.pattern) for each in PROGRAMS}
"""Every path that no person asks for."""


def is_for_people(path: str) -> bool:
    """Whether a page answers this path, or would answer something below it: what is missing there is missed by a
    person."""
    return _leads(PEOPLE, path.removeprefix("/"))


def is_for_programs(path: str) -> bool:
    """Whether the path is below a folder of programs' endpoints, and of no page: what is missing there is missed by a
    program, such as an endpoint with a slash at its end."""
    folder, slash, _ = path.removeprefix("/").partition("/")
    return folder + slash in _folders() and not is_for_people(path.rstrip("/"))


def _folders() -> Iterator[str]:
    """With the slash and, for who asks for the folder itself, without."""
    for each in PROGRAMS:
        folder, slash, _ = str(each.pattern).partition("/")
        yield from (folder + slash, folder)


def _leads(mounted: Iterable[Mounted], path: str) -> bool:
    for each in mounted:
        match = each.pattern.match(path)
        if match is None:
            continue
        # A list that is mounted at "" says nothing by itself: its own paths do.
        if isinstance(each, URLPattern) or match[0] != path or _leads(each.url_patterns, match[0]):
            return True
    return False
