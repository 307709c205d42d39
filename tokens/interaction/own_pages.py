"""Pages of a person's account that tokens has: for who is signed in, whichever client sent them, if any."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.ground import clock
from accounts.pages import sign_in_url, step_up_url
from tokens.interaction.interactions import see_other

View = Callable[[HttpRequest, sessions.Current, datetime], HttpResponse]


def own_page(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Makes a page of a function of the request, of who is signed in, and of `now`. Nobody, and whoever lacks a second
    factor that is required of them, proves that first and comes back; what was posted is not done."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        current, path = sessions.current(request), request.get_full_path()
        if current is None:
            return see_other(sign_in_url(path, reauthenticate=False, over=sessions.is_over(request)))
        if current.lacks_second_factor:
            return see_other(step_up_url(path, own=True))
        return view(request, current, clock.now())

    return answer
