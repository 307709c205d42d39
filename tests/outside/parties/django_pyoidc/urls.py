"""What the program answers."""

from django.http import JsonResponse
from django.urls import include, path
from django_pyoidc.helper import OIDCHelper

oidc_helper = OIDCHelper(op_name="sso")
urlpatterns = [
    path("auth/", include((oidc_helper.get_urlpatterns(), "django_pyoidc"), namespace="auth")),
    path("me", lambda request: JsonResponse({"email": request.user.email})),
]
