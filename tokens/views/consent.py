"""The consent page (OpenID Connect Core §3.1.2.4): who asks, for what, and the person's yes or no."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import sessions
from accounts.security_headers import form_may_leave
from tokens.conf import conf
from tokens.endpoint import endpoint, read_form, read_query
from tokens.protocol import handles
from tokens.protocol.authorization_request import AuthorizationRequest, judge, known
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.interaction import consented, denied
from tokens.protocol.records import Client, Consent, Interaction
from tokens.stores import store
from tokens.views import interactions
from tokens.views.pages import page_failure

PLAIN_WORDS = {
    "openid": gettext_lazy("Know that you signed in here"),
    "profile": gettext_lazy("See your name and user name"),
    "email": gettext_lazy("See your e-mail address"),
    "offline_access": gettext_lazy("Keep access while you are away, until you withdraw it"),
}


@endpoint("GET", "POST", failure=page_failure, csrf_exempt=False)
def consent(request: HttpRequest, now: datetime) -> HttpResponse:
    form = read_form(request) if request.method == "POST" else read_query(request)
    identifier = form.get(interactions.PARAMETER, "")
    interaction = interactions.resume(request, identifier, now)
    current = sessions.current(request)
    if current is None:
        return interactions.see_other(interactions.url("authorization", identifier))
    client = known(store().client(interaction.parameters.get("client_id", "")))
    judged = judge(interaction.parameters, client, pkce_required=conf().pkce_required)
    if request.method == "POST":
        _record(form.get("answer"), judged, interaction, current, now)
        return interactions.see_other(interactions.url("authorization", identifier))
    return _page(request, identifier, client, judged, current, now)


def _record(
    given: str | None, judged: AuthorizationRequest, interaction: Interaction, current: sessions.Current, now: datetime
) -> None:
    """Only the one word that the button sends is a yes: an empty or repeated form is none."""
    if given not in ("allow", "deny"):
        raise InvalidRequest("the form has no answer")
    step = consented(current.sid) if given == "allow" else denied(current.sid)
    with store().unit():
        if not store().record_step(interaction.key, interaction.browser, step, now):
            raise InvalidRequest(interactions.GONE)
        if given == "allow":
            store().grant_consent(_consent(judged, current, now))


def _consent(judged: AuthorizationRequest, current: sessions.Current, now: datetime) -> Consent:
    """What was allowed before stays allowed."""
    before = store().consent(current.subject, judged.client_id, now)
    return Consent(
        id=handles.mint(conf().region),
        subject=current.subject,
        client_id=judged.client_id,
        scope=tuple(dict.fromkeys([*(before.scope if before else ()), *judged.scope])),
        granted_at=now,
        expires=now + timedelta(seconds=conf().consent_lifetime),
    )


def _page(
    request: HttpRequest,
    identifier: str,
    client: Client,
    judged: AuthorizationRequest,
    current: sessions.Current,
    now: datetime,
) -> HttpResponse:
    before = store().consent(current.subject, client.client_id, now)
    context = {
        "client": client,
        "returns_to": urlsplit(judged.redirect_uri).hostname or judged.redirect_uri,
        "scopes": _scopes(judged.scope, before.scope if before else ()),
        "seen_before": before is not None,
        "identifier": identifier,
    }
    response = render(request, "tokens/consent.html", context)
    form_may_leave(response)
    return response


def _scopes(asked: Iterable[str], before: Iterable[str]) -> list[dict[str, object]]:
    return [
        {"words": PLAIN_WORDS.get(name, _("Use %(scope)s") % {"scope": name}), "new": name not in before}
        for name in asked
    ]
