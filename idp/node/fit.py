"""A node that does not fit its database answers 503: what it would issue, no other node could read, or the other way
round."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from idp.fit.state import state
from idp.node import failures
from idp.node.common import MONITORED


class Fit:
    """Middleware. It asks nothing: `idp.fit.state` looks in a thread of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if state.faults and request.path_info not in MONITORED:
            return failures.unavailable(request)
        return self._get_response(request)
