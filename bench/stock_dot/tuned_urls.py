"""django-oauth-toolkit's own URLs, and a page that signs Alice in without a question."""

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path


def sign_in(request: HttpRequest) -> HttpResponse:
    login(request, get_user_model().objects.get())
    return redirect(request.GET["next"])


urlpatterns = [path("login/", sign_in), path("", include("oauth2_provider.urls"))]
