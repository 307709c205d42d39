"""Stage one of an authorization request: who sends it, where its answer may go, and what it is on the way back from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from accounts import sessions
from tokens.endpoint.form import MAX_REQUEST, Form, read_form, read_query
from tokens.interaction import interactions
from tokens.interaction.interactions import Waiting
from tokens.interaction.language import speak
from tokens.protocol import handles
from tokens.protocol.authorization_request import PARAMETERS, ReturnAddress, known_client, return_address
from tokens.protocol.interaction import is_trial, seen
from tokens.protocol.records import Client, Done
from tokens.stores import store


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRequest:
    """A request past stage one: it has just come in, or it is back from a page."""

    parameters: Mapping[str, str]
    client: Client
    address: ReturnAddress
    current: sessions.Current | None
    waiting: Waiting | None
    """None where it has just come in."""
    browser: handles.Handle | None
    """The id that the browser is given, where it had none."""


def pending_request(request: HttpRequest, now: datetime) -> PendingRequest:
    """Reads the request. Raises errors that must be shown on a page, never sent by redirect."""
    form = read_form(request, MAX_REQUEST) if request.method == "POST" else read_query(request)
    current = sessions.current(request)
    waiting, browser = _waiting(request, form, current, now)
    sent = waiting.interaction.parameters if waiting is not None else form
    parameters = {name: value for name, value in sent.items() if name in PARAMETERS}
    speak(parameters)
    client_id = parameters.get("client_id")
    found = store().clients.get(client_id or "")
    request.named_client = found  # type: ignore[attr-defined]  # ours: a refusal's line in the log has it
    client = known_client(client_id, found)
    return PendingRequest(
        parameters=parameters,
        client=client,
        address=_address(parameters, client, waiting),
        current=current,
        waiting=waiting,
        browser=browser,
    )


def _address(parameters: Mapping[str, str], client: Client, waiting: Waiting | None) -> ReturnAddress:
    """A trial's is a page of ours, which no request can name: only we record the step."""
    if waiting is None or not is_trial(waiting.interaction):
        return return_address(parameters, client)
    return ReturnAddress(redirect_uri=parameters["redirect_uri"], response_mode="query", state=parameters.get("state"))


def _waiting(
    request: HttpRequest, form: Form, current: sessions.Current | None, now: datetime
) -> tuple[Waiting | None, handles.Handle | None]:
    """The interaction that the request comes back to, if it does, and the browser's new id, if it gets one."""
    identifier = form.get(interactions.PARAMETER)
    if identifier is None:
        return None, None
    # By POST nobody gets a new id: from another site it would come without the old one, and take its place.
    if request.method == "POST":
        return interactions.resume(request, identifier, now), None
    return interactions.visit(request, identifier, seen_before(current), now)


def seen_before(current: sessions.Current | None) -> set[Done]:
    """What a request remembers of the person who was signed in as it came in: that sign-in was not made for it."""
    return {seen(current.sid, current.auth_time)} if current is not None else set()
