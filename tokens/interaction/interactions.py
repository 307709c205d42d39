"""Authorization requests that wait for a person: kept in the store, bound to one browser, named by an id in the URL."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import pages
from tokens.conf import conf, minter
from tokens.interaction.language import speak
from tokens.protocol import handles
from tokens.protocol.authorization_request import KEPT
from tokens.protocol.handles import Handle, Key
from tokens.protocol.reasons import refusal
from tokens.protocol.records import UNBOUND, Client, Done, Interaction
from tokens.stores import store

SECURE = settings.ISSUER.startswith("https://")
COOKIE = f"{settings.COOKIE_PREFIX}browser"
PARAMETER = "interaction"
CLIENT = "client_id"
"""Beside it: whose it is, also where nothing is left of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An interaction of this browser, by the identifier that its URLs carry."""

    identifier: str
    interaction: Interaction


def see_other(url: str) -> HttpResponse:
    """303, so that a POST with credentials is never sent on (RFC 9700 §4.12). Any scheme: a client's may be its own."""
    return HttpResponse(status=303, headers={"Location": url})


def begin(
    request: HttpRequest, parameters: Mapping[str, str], steps: Collection[Done], now: datetime
) -> tuple[Handle, Handle]:
    """Stores the request; the interaction's id and the browser's, which `bind` has to send."""
    browser = _browser(request) or minter().mint()
    return _add(parameters, handles.key(browser), steps, now), browser


def begin_unbound(parameters: Mapping[str, str], now: datetime) -> Handle:
    """Stores a request that came from another site, without our cookies: the browser that opens it first goes on.

    Nothing is in it but the request, which anybody could send anybody as a link.
    """
    return _add(parameters, UNBOUND, (), now)


def bind(response: HttpResponse, browser: Handle) -> HttpResponse:
    """Gives the browser the cookie that it must show to go on. It outlives a sign-in: the session's would not."""
    response.set_cookie(COOKIE, browser, secure=SECURE, httponly=True, samesite="Lax")
    return response


def resume(request: HttpRequest, identifier: str, now: datetime) -> Waiting:
    """The waiting request with this id, if it is this browser's; pages speak its language from here on. Raises
    InvalidRequest."""
    waiting = _of_browser(identifier, _browser(request), now)
    if waiting is None:
        raise refusal("interaction_gone")
    return waiting


def shown(request: HttpRequest, identifier: str, now: datetime) -> tuple[Waiting, Client] | None:
    """As `resume`, with the client that waits, as the pages show it; None where one of them is gone."""
    key, browser = handles.key_of(identifier), _browser(request)
    held = store().interactions.with_client(key, handles.key(browser), now) if key and browser else None
    if held is None:
        return None
    interaction, client = held
    return _spoken(identifier, interaction), client


def visit(
    request: HttpRequest, identifier: str, steps: Collection[Done], now: datetime
) -> tuple[Waiting, Handle | None]:
    """As `resume`; and the first browser that opens an unbound request makes it its own, with these steps, and gets the
    id that `bind` has to send. Raises InvalidRequest."""
    browser = _browser(request)
    if waiting := _of_browser(identifier, browser, now):
        return waiting, None
    browser, key = browser or minter().mint(), handles.key_of(identifier)
    if key is None or not store().interactions.bind(key, handles.key(browser), steps, now):
        raise refusal("interaction_gone")
    if waiting := _of_browser(identifier, browser, now):
        return waiting, browser
    raise refusal("interaction_gone")


def finish(waiting: Waiting, now: datetime) -> None:
    """Only one request may answer it. Raises InvalidRequest for all others."""
    if not store().interactions.consume(waiting.interaction.key, waiting.interaction.browser, now):
        raise refusal("interaction_gone")


def record(waiting: Waiting, step: Done, now: datetime) -> None:
    """Adds what the person did. Raises InvalidRequest where it is over meanwhile."""
    if not store().interactions.record_step(waiting.interaction.key, waiting.interaction.browser, step, now):
        raise refusal("interaction_gone")


def url(name: str, identifier: str, client_id: str) -> str:
    """The page `name` of this interaction. The client's id decides nothing: where the interaction is gone, it says
    which application to go back to."""
    return f"{reverse(name)}?{query(identifier, client_id)}"


def query(identifier: str, client_id: str) -> str:
    return urlencode({PARAMETER: identifier, CLIENT: client_id})


def sign_in_url(identifier: str, client_id: str, *, reauthenticate: bool) -> str:
    """The sign-in page, or for a person who is signed in the page that asks for their password again."""
    return pages.sign_in_url(url("authorization", identifier, client_id), reauthenticate=reauthenticate)


def sign_up_url(identifier: str, client_id: str) -> str:
    """The page where a person makes an account."""
    return pages.sign_up_url(url("authorization", identifier, client_id))


def step_up_url(identifier: str, client_id: str, *, by_passkey: bool) -> str:
    """The page that asks a person who is signed in for their second factor, or for a passkey."""
    return pages.step_up_url(url("authorization", identifier, client_id), by_passkey=by_passkey)


def _add(parameters: Mapping[str, str], browser: Key, steps: Collection[Done], now: datetime) -> Handle:
    identifier = minter().mint()
    store().interactions.add(
        Interaction(
            key=handles.key(identifier),
            browser=browser,
            parameters={name: value for name, value in parameters.items() if name in KEPT},
            created=now,
            expires=now + timedelta(seconds=conf().interaction_lifetime),
            steps=frozenset(steps),
        )
    )
    return identifier


def _of_browser(identifier: str, browser: Handle | None, now: datetime) -> Waiting | None:
    key = handles.key_of(identifier)
    interaction = store().interactions.get(key, handles.key(browser), now) if key and browser else None
    return _spoken(identifier, interaction) if interaction is not None else None


def _spoken(identifier: str, interaction: Interaction) -> Waiting:
    speak(interaction.parameters)
    return Waiting(identifier=identifier, interaction=interaction)


def _browser(request: HttpRequest) -> Handle | None:
    return handles.parse(request.COOKIES.get(COOKIE, ""))
