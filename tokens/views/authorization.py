"""authorization_endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): the one dispatcher of the browser's flow.

Every page that a request needs comes back here with the request's id, and what is due next is decided anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import sessions
from accounts.conf import conf as accounts_conf
from tokens.conf import CLOCK_MARGIN, conf
from tokens.endpoint import endpoint
from tokens.endpoint.form import read_form, read_query
from tokens.interaction import authorization_request, interactions
from tokens.interaction.authorization_response import code_for, respond
from tokens.interaction.pages import page_failure, speak
from tokens.protocol import handles
from tokens.protocol.authorization_request import (
    PARAMETERS,
    AuthorizationRequest,
    ReturnAddress,
    known,
    return_address,
)
from tokens.protocol.errors import LoginRequired, OAuthError
from tokens.protocol.interaction import Rules, SignedIn, Step, again, next_step, seen
from tokens.protocol.records import Client, Consent, Interaction
from tokens.protocol.subject import subject
from tokens.stores import store

PAGES: Mapping[Step, str] = {Step.SELECT_ACCOUNT: "select_account", Step.CONSENT: "consent"}
"""The name of the page where a step is done. Signing in is accounts' affair."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request past stage one, as it stands: fresh, or back from a page."""

    parameters: Mapping[str, str]
    client: Client
    address: ReturnAddress
    current: sessions.Current | None
    identifier: str | None
    interaction: Interaction | None
    browser: handles.Handle | None
    """The browser's new id, where it has to be told one."""


@endpoint("GET", "POST", failure=page_failure)
def authorization(request: HttpRequest, now: datetime) -> HttpResponse:
    asked = _asked(request, now)
    response = _answer(request, asked, now)
    return interactions.bind(response, asked.browser) if asked.browser is not None else response


def _asked(request: HttpRequest, now: datetime) -> Asked:
    """Stage one: what it raises is shown on a page."""
    form = read_form(request) if request.method == "POST" else read_query(request)
    current, identifier = sessions.current(request), form.get(interactions.PARAMETER)
    interaction, browser = None, None
    # By POST nobody gets a new id: from another site it would come without the old one, and take its place.
    if identifier is not None and request.method == "POST":
        interaction = interactions.resume(request, identifier, now)
    elif identifier is not None:
        interaction, browser = interactions.visit(request, identifier, _seen(current), now)
    sent = interaction.parameters if interaction is not None else form
    parameters = {name: value for name, value in sent.items() if name in PARAMETERS}
    speak(parameters)
    client = known(store().clients.get(parameters.get("client_id", "")))
    return Asked(parameters, client, return_address(parameters, client), current, identifier, interaction, browser)


def _answer(request: HttpRequest, asked: Asked, now: datetime) -> HttpResponse:
    try:
        judged = authorization_request.read(asked.parameters, asked.client)
        # A POST from the client's site brings none of our cookies: it is kept, and comes back as a GET that does.
        if request.method == "POST":
            identifier = asked.identifier or interactions.begin_unbound(asked.parameters, now)
            return interactions.see_other(interactions.url("authorization", identifier))
        return _go_on(request, asked, judged, now)
    except OAuthError as error:
        if asked.interaction is not None:
            interactions.finish(asked.interaction, now)
        return respond(request, asked.address, error.parameters())


def _go_on(request: HttpRequest, asked: Asked, judged: AuthorizationRequest, now: datetime) -> HttpResponse:
    current = asked.current
    consent = store().consents.get(current.subject, judged.client_id, now) if current is not None else None
    rules = Rules(acr_order=accounts_conf().acr_values, clock_margin=CLOCK_MARGIN)
    session = _signed_in(asked.client, current) if current is not None else None
    step = next_step(judged, asked.client, session, consent, asked.interaction, rules=rules, now=now)
    if current is None or step is Step.LOGIN:
        steps = [again(current.subject)] if current is not None else []
        return _wait(request, asked, _sign_in(current), now, *steps)
    if step in PAGES:
        return _wait(request, asked, partial(interactions.url, PAGES[step]), now)
    return _respond(request, asked, judged, current, consent, now)


def _signed_in(client: Client, current: sessions.Current) -> SignedIn:
    return SignedIn(
        sid=current.sid,
        subject=current.subject,
        sub=subject(client, current.subject, settings.PAIRWISE_SALT),
        auth_time=current.auth_time,
        acr=current.acr,
    )


def _wait(request: HttpRequest, asked: Asked, page: Callable[[str], str], now: datetime, *steps: str) -> HttpResponse:
    """Sends the person to the page that is due, with the id of their request, which remembers `steps` of them."""
    if asked.interaction is not None and asked.identifier is not None:
        for step in steps:
            interactions.record(asked.interaction, step, now)
        return interactions.see_other(page(asked.identifier))
    identifier, browser = interactions.begin(request, asked.parameters, {*_seen(asked.current), *steps}, now)
    return interactions.bind(interactions.see_other(page(identifier)), browser)


def _sign_in(current: sessions.Current | None) -> Callable[[str], str]:
    return partial(interactions.sign_in_url, again=current is not None)


def _seen(current: sessions.Current | None) -> set[str]:
    """Whoever is signed in as a request comes in did not sign in for it."""
    return {seen(current.sid, current.auth_time)} if current is not None else set()


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
        if not store().codes.add(code_for(code, judged, current, consent, now)):
            return _sign_in_anew(request, asked, judged, now)
        if asked.interaction is not None:
            interactions.finish(asked.interaction, now)
    return respond(request, asked.address, {"code": code})


def _sign_in_anew(request: HttpRequest, asked: Asked, judged: AuthorizationRequest, now: datetime) -> HttpResponse:
    """The person or the client was voided since this sign-in: nothing that hangs on it would work."""
    if "none" in judged.prompt:
        raise LoginRequired("the person has to sign in")
    return _wait(request, asked, _sign_in(asked.current), now)
