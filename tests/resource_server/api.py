"""An API in the provider's project: what docs/resource-servers.md shows, and django-oauth-toolkit's own ways."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from ninja import NinjaAPI, Router
from oauth2_provider.contrib.ninja.security import HttpOAuth2
from oauth2_provider.contrib.rest_framework.authentication import OAuth2Authentication
from oauth2_provider.contrib.rest_framework.permissions import TokenHasScope
from oauth2_provider.middleware import OAuth2TokenMiddleware
from oauth2_provider.views.mixins import ProtectedResourceMetadataMixin, ProtectedResourceMixin, ScopedResourceMixin
from rest_framework.response import Response
from rest_framework.views import APIView

from tokens.resource_server import protected_resource

# --- As docs/resource-servers.md has it


@protected_resource(scopes=["songs"])
def songs(request: Any) -> JsonResponse:
    return JsonResponse({"user": request.user.pk, "client": request.access_token.client_id})


@method_decorator(protected_resource(scopes=["songs"]), name="dispatch")
class Songs(View):
    def get(self, request: Any) -> JsonResponse:
        return JsonResponse({"user": request.user.pk, "client": request.access_token.client_id})


class SongsOfRestFramework(APIView):
    authentication_classes = [OAuth2Authentication]
    permission_classes = [TokenHasScope]
    required_scopes = ["songs"]

    def get(self, request: Any) -> Response:
        return Response({"user": request.user.pk, "client": request.auth.client_id})


router = Router()


@router.get("/songs/{number}")
@protected_resource(scopes=["songs"])
def songs_of_ninja(request: Any, number: int) -> dict[str, Any]:
    return {"user": request.user.pk, "client": request.access_token.client_id}


# --- As django-oauth-toolkit has it


@router.get("/toolkit", auth=HttpOAuth2(scopes=["songs"]))
def toolkit_ninja(request: Any) -> dict[str, Any]:
    return {"user": request.user.pk, "client": request.auth.client_id}


class ToolkitSongs(ProtectedResourceMetadataMixin, ScopedResourceMixin, ProtectedResourceMixin, View):
    required_scopes = ["songs"]  # type: ignore[assignment]  # the library takes it to be only None

    def get(self, request: Any) -> JsonResponse:
        return JsonResponse({"user": request.resource_owner.pk})


@OAuth2TokenMiddleware
def signed_in(request: Any) -> HttpResponse:
    """By its middleware, around this view only; it knows of no scopes."""
    return JsonResponse({"user": request.user.pk}, status=200 if request.user.is_authenticated else 401)


# --- To look closer


@protected_resource()
def echo(request: Any) -> JsonResponse:
    """All that a view may want to know."""
    token = request.access_token
    return JsonResponse(
        {
            "user": str(request.user),
            "scopes": list(token.scopes),
            "audience": token.resource,
            "acr": token.claims.get("acr"),
            "valid": [token.is_valid(), token.is_valid(["songs"]), token.is_valid(["other"]), token.is_expired()],
            "body": request.body.decode(),
        }
    )


api = NinjaAPI(docs_url=None, openapi_url=None)
api.add_router("", router)

urlpatterns = [
    path("", include("idp.urls")),
    path("view", songs),
    path("class", Songs.as_view()),
    path("drf", SongsOfRestFramework.as_view()),
    path("ninja/", api.urls),
    path("toolkit-class", ToolkitSongs.as_view()),
    path("middleware", signed_in),
    path("echo", echo),
]
handler400, handler500 = "accounts.site.error_pages.bad_request", "idp.node.failures.server_error"
