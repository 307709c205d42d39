"""A page of an interaction: what each of them is given, and where each leads back to.

No page knows the next one: the authorization endpoint decides what is due after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import sessions
from accounts.site.security_headers import form_may_leave, keeps_opener
from tokens.endpoint import endpoint, refusals
from tokens.endpoint.failures import Failure
from tokens.endpoint.form import Form, read_form, read_query
from tokens.interaction import interactions, shown_client, way_back
from tokens.interaction.interactions import Waiting
from tokens.protocol.authorization_request import known_client
from tokens.protocol.errors import OAuthError
from tokens.protocol.records import Client
from tokens.stores import store


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A request for the page of an interaction, by the person who is signed in."""

    request: HttpRequest
    form: Form
    """What was posted, or the query."""
    client: Client
    waiting: Waiting
    current: sessions.Current

    @property
    def posted(self) -> bool:
        return self.request.method == "POST"

    def show(self, template: str, context: Mapping[str, Any]) -> HttpResponse:
        """The page, whose form carries `identifier` back and may end at the client."""
        shared = {
            "client": self.client,
            **shown_client.of(self.client),
            "identifier": self.waiting.identifier,
            "query": interactions.query(self.waiting.identifier, self.client.client_id),
        }
        response = render(self.request, template, {**shared, **context})
        form_may_leave(response)
        return response

    def leave(self) -> HttpResponse:
        return _leave(self.waiting)


View = Callable[[Page, datetime], HttpResponse]
Holding = Callable[[Page, datetime], None]


def page_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """An error that must not leave by redirect, for the person who meets it; `detail` is for the client's developer."""
    client = way_back.client_of(request, error)
    context = {
        "title": _("This sign-in cannot go on"),
        "what": _("The application that sent you here made a request that this server cannot answer."),
        "whose": _("Go back to the application and start again. If that does not help, tell the people who run it."),
        **way_back.shown(client),
        **(way_back.over(client) if error.reason == way_back.GONE else {}),
        "detail": error.description,
        "explained": refusals.section(error),
    }
    return render(request, "error.html", context, status=error.status)


def page_endpoint(
    *methods: str, failure: Failure = page_failure, csrf_exempt: bool = True
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """As `endpoint`, for people: an error is a page, and the window that a client opened it in stays the client's."""
    decorate = endpoint(*methods, failure=failure, csrf_exempt=csrf_exempt)
    return lambda view: keeps_opener(decorate(view))


def interaction_page(view: View, holds: Holding = lambda page, now: None) -> Callable[[HttpRequest], HttpResponse]:
    """Makes the page of an interaction of a function of `Page` and `now`.

    A browser that did not begin the interaction, or whose client is disabled, gets an error page. Where nobody is
    signed in any more, the page is left at once. `holds` does what the request asks for whatever became of the client.
    """

    @page_endpoint("GET", "POST", csrf_exempt=False)
    @wraps(view)
    def answer(request: HttpRequest, now: datetime) -> HttpResponse:
        form = read_form(request) if request.method == "POST" else read_query(request)
        waiting = interactions.resume(request, form.get(interactions.PARAMETER, ""), now)
        client_id = waiting.interaction.parameters.get("client_id", "")
        found = store().clients.get(client_id)
        request.named_client = found  # type: ignore[attr-defined]  # ours: a refusal's line in the log has it
        current = sessions.current(request)
        if found is None or current is None:
            known_client(client_id, found)
            return _leave(waiting)
        page = Page(request=request, form=form, client=found, waiting=waiting, current=current)
        holds(page, now)
        known_client(client_id, found)
        return view(page, now)

    return answer


def _leave(waiting: Waiting) -> HttpResponse:
    client_id = waiting.interaction.parameters.get("client_id", "")
    return interactions.see_other(interactions.url("authorization", waiting.identifier, client_id))
