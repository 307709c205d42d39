"""What is mounted where."""

from django.contrib import admin
from django.urls import include, path

from idp import health

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("tokens.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]

handler400 = "accounts.error_pages.bad_request"
handler403 = "accounts.error_pages.permission_denied"
handler404 = "accounts.error_pages.page_not_found"
handler429 = "accounts.error_pages.too_many_requests"  # allauth looks for it here
handler500 = "idp.failures.server_error"
