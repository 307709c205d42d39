"""The queue before password checks, which take a core and 46 MiB each.

A request waits in it before it takes a turn at its endpoint and a connection to the database, so that people who sign
in keep nobody from anything else; it waits in a thread that a node has for this alone (`idp.conf.PASSWORD_WAITERS`).
"""

from collections.abc import Callable
from functools import cache, partial
from typing import TypeVar, cast

from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.ground.queue import Queue, Queued

PATIENCE = 10.0
"""Seconds that a person waits for a place."""
RETRY_AFTER = "5"  # seconds
KEPT = ("login", "remember")
"""What was typed and is shown again: never a password."""

V = TypeVar("V", bound=Callable[..., object])


@cache
def password_checks() -> Queue:
    """This process's."""
    return Queue(places=settings.PASSWORD_PLACES, most=settings.MOST_WAITING, patience=PATIENCE)


def judges_a_password(
    view: V,
    *,
    full: Callable[[HttpRequest], HttpResponse] | None = None,
    when: Callable[[HttpRequest], bool] = lambda request: True,
) -> V:
    """Lets what is posted to the view wait in the queue. `full`: answers who got no place; `when`: who waits."""
    view.queued = Queued(queue=lambda: password_checks(), full=full, when=when)  # type: ignore[attr-defined]  # read by accounts.ground.queue
    return view


def shows_its_form_again(view: V, when: Callable[[HttpRequest], bool] = lambda request: True) -> V:
    """The same, for a view that shows a form by GET."""
    return judges_a_password(view, full=partial(_shown_again, view), when=when)


def refuse(form: BaseForm, response: HttpResponse) -> None:
    """Says on the page of the unbound form that the password was not looked at: 503 (RFC 9110 §15.6.4)."""
    form.full_clean()
    form.cleaned_data = {}
    form.add_error(
        None,
        _(
            "Many people are signing in at this moment, and your password was not looked at."
            " Try again in a few seconds."
        ),
    )
    response.status_code = 503
    response.headers["Retry-After"] = RETRY_AFTER


def _shown_again(view: Callable[..., object], request: HttpRequest) -> HttpResponse:
    typed = request.POST  # read before the method says that there is none
    request.method = "GET"
    response = cast(HttpResponse, view(request))
    form = (getattr(response, "context_data", None) or {}).get("form")
    if form is not None:
        form.initial.update({name: typed[name] for name in KEPT if name in typed})
        refuse(form, response)
    return response
