"""Django's CommonMiddleware, which refuses a wrong `Host`, and refuses all where this node does not fit its database. A
monitor asks a node by its address, and is always answered."""

from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware

from idp.fit.state import state
from idp.mount_list import MONITORED
from idp.node import failures


class Entrance(CommonMiddleware):
    """It asks nothing: `idp.fit.state` looks in a thread of its own."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]  # it redirects only
        if request.path_info in MONITORED:
            return None
        # What a misfit would issue, no other node could read, or the other way round.
        return failures.unavailable(request) if state.faults else super().process_request(request)
