"""The home page: who is signed in here, and where to go from here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import sessions


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/home.html", {"over": sessions.is_over(request)})
