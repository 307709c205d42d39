"""Authorization requests that wait for a person: kept in the store, bound to one browser, named by an id in the URL."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from tokens.conf import conf
from tokens.protocol import handles
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.handles import Handle
from tokens.protocol.records import Client, Interaction
from tokens.stores import store

SECURE = settings.ISSUER.startswith("https://")
COOKIE = "__Host-browser" if SECURE else "browser"
PARAMETER = "interaction"
GONE = "this sign-in was completed already, has expired, or began in another browser"


def see_other(url: str) -> HttpResponse:
    """303, so that a POST with credentials is never sent on (RFC 9700 §4.12). Any scheme: a client's may be its own."""
    return HttpResponse(status=303, headers={"Location": url})


def begin(request: HttpRequest, parameters: Mapping[str, str], now: datetime) -> tuple[Handle, Handle]:
    """Stores the request; the interaction's id and the browser's, which `bind` has to send."""
    interaction, browser = handles.mint(conf().region), _browser(request) or handles.mint(conf().region)
    store().add_interaction(
        Interaction(
            key=handles.key(interaction),
            browser=handles.key(browser),
            parameters=parameters,
            created=now,
            expires=now + timedelta(seconds=conf().interaction_lifetime),
        )
    )
    return interaction, browser


def bind(response: HttpResponse, browser: Handle) -> HttpResponse:
    """Gives the browser the cookie that it must show to go on. It outlives a sign-in: the session's would not."""
    response.set_cookie(COOKIE, browser, secure=SECURE, httponly=True, samesite="Lax")
    return response


def resume(request: HttpRequest, identifier: str, now: datetime) -> Interaction:
    """The waiting request with this id, if this browser began it. Raises InvalidRequest."""
    handle, browser = handles.parse(identifier), _browser(request)
    found = store().interaction(handles.key(handle), handles.key(browser), now) if handle and browser else None
    if found is None:
        raise InvalidRequest(GONE)
    return found


def finish(interaction: Interaction, now: datetime) -> None:
    """Only one request may answer it. Raises InvalidRequest for all others."""
    if not store().consume_interaction(interaction.key, interaction.browser, now):
        raise InvalidRequest(GONE)


def url(name: str, identifier: str) -> str:
    """The page `name` of this interaction."""
    return f"{reverse(name)}?{urlencode({PARAMETER: identifier})}"


def sign_in_url(identifier: str, *, again: bool) -> str:
    """The sign-in page, or for whoever is signed in the page that asks for their password again."""
    page = reverse("account_reauthenticate" if again else "account_login")
    return f"{page}?{urlencode({'next': url('authorization', identifier)})}"


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what the sign-in pages may say of the client that waits, looked up when they do."""
    return {"interaction": SimpleLazyObject(lambda: _waiting_client(request))}


def _waiting_client(request: HttpRequest) -> Client | None:
    try:
        target = urlsplit(request.POST.get("next") or request.GET.get("next") or "")
    except ValueError:  # anybody may write a `next` that is no URL
        return None
    identifiers = parse_qs(target.query).get(PARAMETER, [])
    if target.path != reverse("authorization") or len(identifiers) != 1:
        return None
    try:
        interaction = resume(request, identifiers[0], datetime.now(UTC))
    except InvalidRequest:
        return None
    return store().client(interaction.parameters["client_id"])


def _browser(request: HttpRequest) -> Handle | None:
    return handles.parse(request.COOKIES.get(COOKIE, ""))
