"""What the program answers."""

from django.http import JsonResponse
from django.urls import include, path

urlpatterns = [
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("me", lambda request: JsonResponse({"email": request.user.email})),
]
