"""The page where people sign out."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.pages import FOLLOWING, following
from accounts.site import just_ended
from accounts.site.security_headers import keeps_opener


@keeps_opener
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Asks, and by POST does it. What ended is noted, so that the page which comes next can say what it reached."""
    goes_on = following(request)
    if request.method != "POST" and request.user.is_authenticated:
        return TemplateResponse(request, "accounts/sign_out.html", {FOLLOWING: goes_on})
    response = HttpResponseRedirect(goes_on or resolve_url(settings.LOGOUT_REDIRECT_URL))
    if request.method == "POST":
        current = sessions.current(request)
        sessions.sign_out(request)
        if current is not None:
            just_ended.note(response, current.sid)
    return response
