"""A program's request ends here: no middleware of pages sees it, nor does Django look through the pages for its path.

What this answers is the list for programs (`idp.mount_list`), and what monitors ask. Everything else goes on, also what
a program looked for in vain.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, URLPattern, get_resolver

from idp.mount_list import OF_PROGRAMS
from idp.node.bulkhead import Bulkhead
from idp.node.entrance import Entrance

Handler = Callable[[HttpRequest], HttpResponse]


class Programs:
    """Middleware, before the first that only pages need."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._patterns = _patterns()
        self._bulkhead = Bulkhead(_answering(Entrance(_answering(self._answer))))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        handler = self._bulkhead if request.path_info in self._patterns else self._get_response
        return handler(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """As Django calls a view."""
        match = cast(ResolverMatch, self._patterns[request.path_info].resolve(request.path_info[1:]))
        request.resolver_match = match
        said = self._bulkhead.process_view(request)
        return cast(HttpResponse, match.func(request, **match.kwargs)) if said is None else said


def _answering(handler: Any) -> Handler:
    """As Django wraps every middleware: what fails is an answer to the ones around it."""
    return cast(Handler, convert_exception_to_response(handler))


def _patterns() -> Mapping[str, URLPattern]:
    mounted = {"/" + str(each.pattern): each for each in get_resolver().url_patterns if isinstance(each, URLPattern)}
    return {path: each for path, each in mounted.items() if path in OF_PROGRAMS}
