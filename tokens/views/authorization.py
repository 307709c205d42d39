"""authorization_endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): the one dispatcher of the browser's flow.

Every page that a request needs comes back here with the request's id, and what is due next is decided again.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import sessions
from accounts.conf import conf as accounts_conf
from tokens.conf import CLOCK_MARGIN, minter
from tokens.endpoint import refusals
from tokens.interaction import authorization_request, interactions, room, second_factor
from tokens.interaction.authorization_response import code_for, respond
from tokens.interaction.expected import is_expected
from tokens.interaction.interactions import Waiting
from tokens.interaction.pages import page_endpoint
from tokens.interaction.pending_request import PendingRequest, pending_request, seen_before
from tokens.protocol import acr, journal
from tokens.protocol.authorization_request import AuthorizationRequest
from tokens.protocol.errors import OAuthError
from tokens.protocol.hints import login_hint
from tokens.protocol.interaction import Rules, SignedIn, next_prompt, sent_to_sign_in, sent_to_step_up
from tokens.protocol.prompts import (
    CREATE,
    ESSENTIAL,
    NONE,
    PROMPTS,
    REQUIRED,
    SECOND_FACTOR,
    STEP_UP,
    WISHED,
    is_essential_unmet,
)
from tokens.protocol.reasons import refusal
from tokens.protocol.records import AuthorizationCode, Consent, Done
from tokens.protocol.subject import subject
from tokens.stores import store
from tokens.verifier import may_use


@page_endpoint("GET", "POST")
def authorization(request: HttpRequest, now: datetime) -> HttpResponse:
    pending = pending_request(request, now)
    response = _answer(request, pending, now)
    return interactions.bind(response, pending.browser) if pending.browser is not None else response


def _answer(request: HttpRequest, pending: PendingRequest, now: datetime) -> HttpResponse:
    try:
        judged = authorization_request.read(pending.parameters, pending.client)
        # A POST from the client's site brings none of our cookies: it is kept, and comes back as a GET that does.
        if request.method == "POST":
            return interactions.see_other(
                interactions.url("authorization", _kept(request, pending, now), pending.client.client_id)
            )
        return _go_on(request, pending, judged, now)
    except OAuthError as error:
        if pending.waiting is not None:
            _finish(request, pending.waiting, now)
        refusals.log(request, error)
        return respond(request, pending.address, refusals.parameters(error))


def _kept(request: HttpRequest, pending: PendingRequest, now: datetime) -> str:
    if pending.waiting is not None:
        return pending.waiting.identifier
    room.take(request)
    return interactions.begin_unbound(pending.parameters, now)


def _finish(request: HttpRequest, waiting: Waiting, now: datetime) -> None:
    interactions.finish(waiting, now)
    room.leave(request)


def _go_on(request: HttpRequest, pending: PendingRequest, judged: AuthorizationRequest, now: datetime) -> HttpResponse:
    current = pending.current
    consent = store().consents.get(current.subject, judged.client_id, now) if current is not None else None
    rules = Rules(acr_order=accounts_conf().acr_values, clock_margin=CLOCK_MARGIN)
    session = _signed_in(request, pending, judged, current) if current is not None else None
    interaction = pending.waiting.interaction if pending.waiting is not None else None
    due = next_prompt(judged, pending.client, session, consent, interaction, rules=rules, now=now)
    # Signing in and up is accounts' affair; every other prompt has a page of its name.
    if due == CREATE:
        return _wait(request, pending, interactions.sign_up_url, now)
    if current is None or due == "login":
        steps = [sent_to_sign_in(current.subject)] if current is not None else []
        return _wait(request, pending, _sign_in(current), now, *steps)
    if session is not None and due in (STEP_UP, SECOND_FACTOR):
        why, asked = _asked_for(judged, session, due, rules)
        step = sent_to_step_up(current.sid, current.auth_time, why)
        return _wait(request, pending, _step_up(asked, rules), now, step)
    if due is not None:
        return _wait(request, pending, partial(interactions.url, due), now)
    return _respond(request, pending, judged, current, consent, now)


def _signed_in(
    request: HttpRequest, pending: PendingRequest, judged: AuthorizationRequest, current: sessions.Current
) -> SignedIn:
    client, order = pending.client, accounts_conf().acr_values
    session = SignedIn(
        sid=current.sid,
        subject=current.subject,
        sub=subject(client, current.subject, settings.PAIRWISE_SALT),
        auth_time=current.auth_time,
        acr=current.acr,
        lacks_second_factor=second_factor.is_missing(client, current),
        expected=is_expected(request, client, current, login_hint(pending.parameters)),
        may_use=may_use(client, current.subject),
    )
    is_wish_unmet = bool(judged.acr_wished) and acr.met(current.acr, judged.acr_wished, order) is None
    if not is_essential_unmet(judged, current.acr, order) and not is_wish_unmet:
        # Nobody is asked what the person has, unless it matters.
        return session
    reach = sessions.reach(current.subject)
    return replace(session, reach=reach, attainable=max(reach, sessions.acr_values()[-1], key=order.index))


def _wait(
    request: HttpRequest, pending: PendingRequest, page: Callable[[str, str], str], now: datetime, *steps: Done
) -> HttpResponse:
    """Sends the person to the page that is due, with the id of their request, which remembers `steps` of them."""
    if pending.waiting is not None:
        for step in steps:
            interactions.record(pending.waiting, step, now)
        return interactions.see_other(page(pending.waiting.identifier, pending.client.client_id))
    room.take(request)
    identifier, browser = interactions.begin(request, pending.parameters, {*seen_before(pending.current), *steps}, now)
    return interactions.bind(interactions.see_other(page(identifier, pending.client.client_id)), browser)


def _sign_in(current: sessions.Current | None) -> Callable[[str, str], str]:
    return partial(interactions.sign_in_url, reauthenticate=current is not None)


def _asked_for(judged: AuthorizationRequest, session: SignedIn, due: str, rules: Rules) -> tuple[str, Sequence[str]]:
    """Why the person is asked for more factors, and the classes of which one would do."""
    if due == SECOND_FACTOR:
        return REQUIRED, [rules.acr_order[1]]
    if is_essential_unmet(judged, session.acr, rules.acr_order):
        return ESSENTIAL, judged.acr or ()
    return WISHED, judged.acr_wished


def _step_up(asked: Sequence[str], rules: Rules) -> Callable[[str, str], str]:
    """A second factor after the first; for a class beyond that a passkey."""
    is_enough = acr.met(rules.acr_order[1], asked, rules.acr_order) is not None
    return partial(interactions.step_up_url, by_passkey=not is_enough)


def _respond(
    request: HttpRequest,
    pending: PendingRequest,
    judged: AuthorizationRequest,
    current: sessions.Current,
    consent: Consent | None,
    now: datetime,
) -> HttpResponse:
    code = minter().mint()
    if not _add(request, code_for(code, judged, pending.client, current, consent, now), pending.waiting, now):
        return _sign_in_again(request, pending, judged, current, now)
    authorization_request.tell_of_dropped(pending.parameters, judged)
    return respond(request, pending.address, {"code": code})


def _add(request: HttpRequest, code: AuthorizationCode, waiting: Waiting | None, now: datetime) -> bool:
    """Whether there is a code: where it ends a request that waited for pages, in one act with that."""
    if waiting is None:
        return store().codes.add(code)
    with store().unit():
        if not store().codes.add(code):
            return False
        _finish(request, waiting, now)
    return True


def _sign_in_again(
    request: HttpRequest,
    pending: PendingRequest,
    judged: AuthorizationRequest,
    current: sessions.Current,
    now: datetime,
) -> HttpResponse:
    """The person or the client was voided since this sign-in: nothing that hangs on it would work. Where the sign-in
    itself is void, by its id and so for good, another one takes its place: to prove the password again would renew this
    one, and end here again."""
    if NONE in judged.prompt:
        raise refusal(PROMPTS["login"].refusal)
    if store().journal.revoked([journal.session(current.sid)], current.root_at):
        sessions.sign_out(request)
        pending = replace(pending, current=None)
    return _wait(request, pending, _sign_in(pending.current), now)
