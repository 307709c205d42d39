"""What a node answers of the mount list, by its role (IDP_ROLE), and what it says of itself."""

from django.conf import settings
from django.urls import URLPattern, path, re_path

from idp.mount_list import SITE
from idp.node import failures, health, metrics
from idp.settings import deployment
from tokens import urls as endpoints


def _mounted(side: str, patterns: list[URLPattern]) -> list[URLPattern]:
    """The patterns, answered here or said to be answered elsewhere. Their names stay: one issuer, one set of paths."""
    if side in deployment.sides:
        return patterns
    return [URLPattern(each.pattern, failures.not_served, name=each.name) for each in patterns]


_elsewhere = (
    []
    if settings.PAGES
    else [
        re_path(
            r"^(?:$|(?:accounts|admin)(?:/|$)|\.well-known/(?:change-password|passkey-endpoints)$)", failures.not_served
        )
    ]
)

urlpatterns = [
    *SITE,
    *_elsewhere,
    *_mounted("front", endpoints.front),
    *_mounted("back", endpoints.back),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
]

handler400 = "idp.node.failures.bad_request"
handler403 = "idp.node.failures.permission_denied"
handler404 = "idp.node.failures.page_not_found"
handler500 = "idp.node.failures.server_error"
