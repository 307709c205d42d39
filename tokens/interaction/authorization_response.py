"""The authorization response (RFC 6749 §4.1.2, OpenID Connect Core §3.1.2.5): the code, and how the client gets it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import sessions
from accounts.conf import conf as accounts_conf
from accounts.site.security_headers import form_may_leave
from tokens.conf import conf, minter
from tokens.interaction.interactions import see_other
from tokens.protocol import acr, handles
from tokens.protocol.authorization_request import AuthorizationRequest, ReturnAddress, answer
from tokens.protocol.records import OFFLINE_ACCESS, Authorization, AuthorizationCode, Client, Consent
from tokens.protocol.response_modes import FormPost
from tokens.protocol.subject import session_id


def respond(request: HttpRequest, address: ReturnAddress, parameters: Mapping[str, str]) -> HttpResponse:
    """Sends the client its answer, in the mode that it asked for."""
    sent = answer(address, parameters, settings.ISSUER)
    return _form_post(request, sent) if isinstance(sent, FormPost) else see_other(sent.url)


def code_for(
    handle: handles.Handle,
    judged: AuthorizationRequest,
    client: Client,
    current: sessions.Current,
    consent: Consent | None,
    now: datetime,
) -> AuthorizationCode:
    return AuthorizationCode(
        key=handles.key(handle),
        authorization=_authorization(judged, client, current, consent, now),
        redirect_uri=judged.redirect_uri,
        code_challenge=judged.code_challenge,
        nonce=judged.nonce,
        expires=now + timedelta(seconds=conf().code_lifetime),
    )


def _form_post(request: HttpRequest, sent: FormPost) -> HttpResponse:
    """A page of ours that sends its form by itself, or by its button where there are no scripts. It may go anywhere:
    Chromium would hold the client's own redirects against a form-action directive too."""
    context = {"sent": sent, "returns_to": urlsplit(sent.redirect_uri).hostname}
    response = render(request, "tokens/form_post.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    form_may_leave(response)
    return response


def _authorization(
    judged: AuthorizationRequest, client: Client, current: sessions.Current, consent: Consent | None, now: datetime
) -> Authorization:
    lifetime_end = now + timedelta(seconds=conf().authorization_lifetime)
    # Without offline_access it ends with the session, also where nobody signs out (OpenID Connect Core §11).
    expires = lifetime_end if OFFLINE_ACCESS in judged.scope else min(lifetime_end, current.expires)
    return Authorization(
        id=minter().mint(),
        client_id=judged.client_id,
        subject=current.subject,
        sid=current.sid,
        told_sid=session_id(client, current.sid, settings.PAIRWISE_SALT),
        scope=judged.scope,
        auth_time=current.auth_time,
        # Where one was essential the client is told that it was met, also by a stronger one (§5.5.1.1).
        acr=acr.met(current.acr, judged.acr or (), accounts_conf().acr_values) or current.acr,
        amr=current.amr,
        root_at=current.root_at,
        consent_id=consent.id if consent is not None else None,
        expires=expires,
        kept_until=current.expires if current.expires > expires else None,
        resource=judged.resource,
        claims=judged.claims,
    )
