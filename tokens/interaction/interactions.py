"""Authorization requests that wait for a person: kept in the store, bound to one browser, named by an id in the URL."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tokens.conf import conf
from tokens.interaction.pages import speak
from tokens.protocol import handles
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.handles import Handle, Key
from tokens.protocol.records import UNBOUND, Interaction
from tokens.stores import store

SECURE = settings.ISSUER.startswith("https://")
COOKIE = "__Host-browser" if SECURE else "browser"
PARAMETER = "interaction"
GONE = "this sign-in was completed already, has expired, or began in another browser"


def see_other(url: str) -> HttpResponse:
    """303, so that a POST with credentials is never sent on (RFC 9700 §4.12). Any scheme: a client's may be its own."""
    return HttpResponse(status=303, headers={"Location": url})


def begin(
    request: HttpRequest, parameters: Mapping[str, str], steps: Collection[str], now: datetime
) -> tuple[Handle, Handle]:
    """Stores the request; the interaction's id and the browser's, which `bind` has to send."""
    browser = _browser(request) or handles.mint(conf().region)
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


def resume(request: HttpRequest, identifier: str, now: datetime) -> Interaction:
    """The waiting request with this id, if it is this browser's; pages speak its language from here on. Raises
    InvalidRequest."""
    return _found(_of_browser(identifier, _browser(request), now))


def visit(
    request: HttpRequest, identifier: str, steps: Collection[str], now: datetime
) -> tuple[Interaction, Handle | None]:
    """As `resume`; and the first browser that opens an unbound request makes it its own, with these steps, and gets the
    id that `bind` has to send. Raises InvalidRequest."""
    browser = _browser(request)
    if found := _of_browser(identifier, browser, now):
        return _found(found), None
    browser, handle = browser or handles.mint(conf().region), handles.parse(identifier)
    if handle is None or not store().interactions.bind(handles.key(handle), handles.key(browser), steps, now):
        raise InvalidRequest(GONE)
    return _found(_of_browser(identifier, browser, now)), browser


def finish(interaction: Interaction, now: datetime) -> None:
    """Only one request may answer it. Raises InvalidRequest for all others."""
    if not store().interactions.consume(interaction.key, interaction.browser, now):
        raise InvalidRequest(GONE)


def record(interaction: Interaction, step: str, now: datetime) -> None:
    """Adds what the person did. Raises InvalidRequest where it is over meanwhile."""
    if not store().interactions.record_step(interaction.key, interaction.browser, step, now):
        raise InvalidRequest(GONE)


def url(name: str, identifier: str) -> str:
    """The page `name` of this interaction."""
    return f"{reverse(name)}?{urlencode({PARAMETER: identifier})}"


def sign_in_url(identifier: str, *, again: bool) -> str:
    """The sign-in page, or for whoever is signed in the page that asks for their password again."""
    page = reverse("account_reauthenticate" if again else "account_login")
    return f"{page}?{urlencode({'next': url('authorization', identifier)})}"


def _add(parameters: Mapping[str, str], browser: Key, steps: Collection[str], now: datetime) -> Handle:
    identifier = handles.mint(conf().region)
    store().interactions.add(
        Interaction(
            key=handles.key(identifier),
            browser=browser,
            parameters=parameters,
            created=now,
            expires=now + timedelta(seconds=conf().interaction_lifetime),
            steps=frozenset(steps),
        )
    )
    return identifier


def _of_browser(identifier: str, browser: Handle | None, now: datetime) -> Interaction | None:
    handle = handles.parse(identifier)
    return store().interactions.get(handles.key(handle), handles.key(browser), now) if handle and browser else None


def _found(interaction: Interaction | None) -> Interaction:
    if interaction is None:
        raise InvalidRequest(GONE)
    speak(interaction.parameters)
    return interaction


def _browser(request: HttpRequest) -> Handle | None:
    return handles.parse(request.COOKIES.get(COOKIE, ""))
