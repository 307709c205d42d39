"""authorization_endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): the one dispatcher of the browser's flow.

Every page that a request needs comes back here with the request's id, and what is due next is decided anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import sessions
from tokens.conf import conf
from tokens.endpoint import endpoint, read_form, read_query
from tokens.protocol import handles
from tokens.protocol.authorization_request import (
    PARAMETERS,
    AuthorizationRequest,
    ReturnAddress,
    answer,
    error_answer,
    judge,
    known,
    return_address,
)
from tokens.protocol.errors import LoginRequired, OAuthError
from tokens.protocol.interaction import SignedIn, Step, next_step
from tokens.protocol.records import OFFLINE_ACCESS, Authorization, AuthorizationCode, Client, Consent, Interaction
from tokens.stores import store
from tokens.views import interactions
from tokens.views.pages import page_failure


@dataclass(frozen=True, slots=True)
class Asked:
    """A request past stage one, as it stands: fresh, or back from a page."""

    parameters: Mapping[str, str]
    client: Client
    address: ReturnAddress
    interaction: Interaction | None
    identifier: str | None


@endpoint("GET", "POST", failure=page_failure)
def authorization(request: HttpRequest, now: datetime) -> HttpResponse:
    asked = _asked(request, now)
    try:
        judged = judge(asked.parameters, asked.client, pkce_required=conf().pkce_required)
        # A POST from the client's site brings none of our cookies: it is kept, and comes back as a GET that does.
        if request.method == "POST":
            return _wait(request, asked, partial(interactions.url, "authorization"), now)
        return _go_on(request, asked, judged, now)
    except OAuthError as error:
        if asked.interaction is not None:
            interactions.finish(asked.interaction, now)
        return interactions.see_other(error_answer(asked.address, error, settings.ISSUER))


def _asked(request: HttpRequest, now: datetime) -> Asked:
    """Stage one: what it raises is shown on a page."""
    form = read_form(request) if request.method == "POST" else read_query(request)
    identifier = form.get(interactions.PARAMETER)
    interaction = interactions.resume(request, identifier, now) if identifier is not None else None
    sent = interaction.parameters if interaction is not None else form
    parameters = {name: value for name, value in sent.items() if name in PARAMETERS}
    client = known(store().client(parameters.get("client_id", "")))
    return Asked(parameters, client, return_address(parameters, client), interaction, identifier)


def _go_on(request: HttpRequest, asked: Asked, judged: AuthorizationRequest, now: datetime) -> HttpResponse:
    current = sessions.current(request)
    consent = store().consent(current.subject, judged.client_id, now) if current is not None else None
    step = _next(judged, asked, current, consent, now)
    if current is None or step is Step.LOGIN:
        return _wait(request, asked, partial(interactions.sign_in_url, again=current is not None), now)
    if step is Step.CONSENT:
        return _wait(request, asked, partial(interactions.url, "consent"), now)
    return _respond(request, asked, judged, current, consent, now)


def _next(
    judged: AuthorizationRequest,
    asked: Asked,
    current: sessions.Current | None,
    consent: Consent | None,
    now: datetime,
) -> Step:
    session = SignedIn(sid=current.sid, auth_time=current.auth_time) if current is not None else None
    created = asked.interaction.created if asked.interaction is not None else now
    steps = asked.interaction.steps if asked.interaction is not None else frozenset[str]()
    return next_step(judged, asked.client, session, consent, created=created, steps=steps, now=now)


def _wait(request: HttpRequest, asked: Asked, page: Callable[[str], str], now: datetime) -> HttpResponse:
    """Sends the person to the page that is due, with the id of their request."""
    if asked.identifier is not None:
        return interactions.see_other(page(asked.identifier))
    identifier, browser = interactions.begin(request, asked.parameters, now)
    return interactions.bind(interactions.see_other(page(identifier)), browser)


def _respond(
    request: HttpRequest,
    asked: Asked,
    judged: AuthorizationRequest,
    current: sessions.Current,
    consent: Consent | None,
    now: datetime,
) -> HttpResponse:
    code = handles.mint(conf().region)
    with store().unit():
        if not store().add_code(_code(handles.key(code), _authorization(judged, current, consent, now), judged, now)):
            return _sign_in_anew(request, asked, judged, now)
        if asked.interaction is not None:
            interactions.finish(asked.interaction, now)
    return interactions.see_other(answer(asked.address, {"code": code}, settings.ISSUER))


def _sign_in_anew(request: HttpRequest, asked: Asked, judged: AuthorizationRequest, now: datetime) -> HttpResponse:
    """The person or the client was voided since this sign-in: nothing that hangs on it would work."""
    if "none" in judged.prompt:
        raise LoginRequired("the person has to sign in")
    return _wait(request, asked, partial(interactions.sign_in_url, again=True), now)


def _authorization(
    judged: AuthorizationRequest, current: sessions.Current, consent: Consent | None, now: datetime
) -> Authorization:
    lifetime_end = now + timedelta(seconds=conf().authorization_lifetime)
    return Authorization(
        id=handles.mint(conf().region),
        client_id=judged.client_id,
        subject=current.subject,
        sid=current.sid,
        scope=judged.scope,
        auth_time=current.auth_time,
        acr=current.acr,
        amr=current.amr,
        root_at=current.root_at,
        consent_id=consent.id if consent is not None else None,
        # Without offline_access it ends with the session, also where nobody signs out (OpenID Connect Core §11).
        expires=lifetime_end if OFFLINE_ACCESS in judged.scope else min(lifetime_end, current.expires),
    )


def _code(
    key: handles.Key, authorization: Authorization, judged: AuthorizationRequest, now: datetime
) -> AuthorizationCode:
    return AuthorizationCode(
        key=key,
        authorization=authorization,
        redirect_uri=judged.redirect_uri,
        code_challenge=judged.code_challenge,
        nonce=judged.nonce,
        expires=now + timedelta(seconds=conf().code_lifetime),
    )
