"""A project of its own with one API, protected by `avouch_api`: it runs in another environment, and has nothing of the
provider but what that publishes. Serves on a free port, which it prints; its argument is the setting, as JSON."""

import json
import sys
from typing import Any
from wsgiref.simple_server import make_server

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

settings.configure(
    AVOUCH_API=json.loads(sys.argv[1]),
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["rest_framework", "ninja"],
    REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},
    ROOT_URLCONF=__name__,
    SECRET_KEY="of no use here",
)
django.setup()

from avouch_api.ninja import AccessTokenAuth, tell_refusals  # noqa: E402 the settings come first
from avouch_api.rest_framework import AccessTokenAuthentication, HasScopes  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class Songs(APIView):
    authentication_classes = [AccessTokenAuthentication]
    permission_classes = [HasScopes]
    required_scopes = ["songs"]

    def get(self, request: Any) -> Response:
        return Response({"sub": request.user.sub, "client": request.auth.client_id, "name": str(request.user)})


api = NinjaAPI()
tell_refusals(api)


@api.get("/songs", auth=AccessTokenAuth("songs"))
def songs(request: Any) -> dict[str, str]:
    return {"sub": request.auth.sub, "client": request.auth.client_id, "name": str(request.auth)}


urlpatterns = [path("rest/songs", Songs.as_view()), path("ninja/", api.urls)]


def main() -> None:
    with make_server("127.0.0.1", 0, WSGIHandler()) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    sys.modules[settings.ROOT_URLCONF] = sys.modules["__main__"]
    main()
