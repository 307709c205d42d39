"""What the program answers."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import include, path
from social_django.utils import load_strategy

FORM = """<form method="post" action="/login/oidc/"><input type="hidden" name="csrfmiddlewaretoken" value="{}">
<button>Sign in</button></form>"""


def refresh(request):
    request.user.social_auth.get().refresh_token(load_strategy())
    return HttpResponseRedirect("/me")


urlpatterns = [
    path("", include("social_django.urls", namespace="social")),
    path("", lambda request: HttpResponse(FORM.format(get_token(request)))),
    path("refresh", refresh),
    path("me", lambda request: JsonResponse({"preferred_username": request.user.username})),
]
