"""Django's CommonMiddleware, which refuses a wrong `Host`, but not where a monitor asks this node by its address."""

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware import common

MONITORED = ("/healthz", "/readyz", "/metrics")
"""What these answer makes no address of the header, and is the same whatever it says."""


class CommonMiddleware(common.CommonMiddleware):
    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in MONITORED else super().process_request(request)
