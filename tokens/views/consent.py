"""The consent page (OpenID Connect Core §3.1.2.4): who asks, for what, and the person's yes or no."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.conf import conf as accounts_conf
from tokens.conf import conf
from tokens.interaction import authorization_request, interactions, plain_words, second_factor
from tokens.interaction.consents import Asked, allow, deny, read_shown, write_shown
from tokens.interaction.pages import Page, interaction_page
from tokens.protocol.authorization_request import AuthorizationRequest
from tokens.protocol.client_identity import is_assured
from tokens.protocol.errors import OAuthError
from tokens.protocol.interaction import consented, denied, is_trial
from tokens.protocol.prompts import is_essential_unmet
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client, Consent
from tokens.protocol.records.authorization import OFFLINE_ACCESS
from tokens.stores import store

ALLOW, DENY = "allow", "deny"
"""What each button of the page sends."""
SHOWN = "shown"
"""The field of its form that says what the page showed."""


def _proves_too_little(page: Page, judged: AuthorizationRequest | None) -> bool:
    """Whether the person has to prove more before anything is asked of them: what they answer here lasts, and would be
    there for who does not know of it. The authorization endpoint leads to where they do."""
    order = accounts_conf().acr_values
    is_unmet = judged is not None and is_essential_unmet(judged, page.current.acr, order)
    return second_factor.is_missing(page.client, page.current) or is_unmet


def _judged(page: Page) -> AuthorizationRequest | None:
    """None where the client was changed since it asked."""
    try:
        return authorization_request.read(page.waiting.interaction.parameters, page.client)
    except OAuthError:
        return None


def _hold_to_a_no(page: Page, now: datetime) -> None:
    """A no is a no to all that was shown, whatever became of the client since."""
    if _proves_too_little(page, _judged(page)):
        return
    if page.posted and page.form.get("answer") == DENY and (shown := _shown(page)) is not None:
        _deny(page, shown, now)


@partial(interaction_page, holds=_hold_to_a_no)
def consent(page: Page, now: datetime) -> HttpResponse:
    judged = _judged(page)
    if judged is None or _proves_too_little(page, judged):
        # Where the request waits the client is told that it was changed meanwhile, or the person is asked for more.
        return page.leave()
    if page.posted:
        _record(page, Asked.of(judged), now)
        return page.leave()
    before = store().consents.get(page.current.subject, page.client.client_id, now)
    asked = Asked.of(judged)
    context = {
        **told(judged, page.client, before),
        "is_trial": is_trial(page.waiting.interaction),
        "takes_back": before is not None and asked.is_in(before),
        "shown": write_shown(asked, page.waiting.identifier, page.current.sid),
    }
    return page.show("tokens/consent.html", context)


def told(judged: AuthorizationRequest, client: Client, before: Consent | None) -> dict[str, object]:
    """What the page says of a request: who asks, for what, and for how long. `before`: what was allowed already."""
    return {
        "returns_to": _place(judged.redirect_uri),
        "each_time": not is_assured(client, judged.redirect_uri),
        "groups": groups(judged, client, before),
        "kept_for": _days(conf().authorization_lifetime) if OFFLINE_ACCESS in judged.scope else "",
        "remembered_for": _days(conf().consent_lifetime) if is_assured(client, judged.redirect_uri) else "",
    }


def _place(redirect_uri: str) -> str:
    """Where it leads, as people know it: the host of a site. In a scheme of an app's own a host is nobody's, and says
    what its author likes."""
    parts = urlsplit(redirect_uri)
    return (parts.hostname or redirect_uri) if parts.scheme in ("http", "https") else f"{parts.scheme}:"


def _days(seconds: int) -> str:
    """At most so many, in words."""
    days = -(-seconds // (24 * 3600))
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def _record(page: Page, asked: Asked, now: datetime) -> None:
    """Only the one word that the button sends is an answer: an empty or repeated form is none."""
    answer = page.form.get("answer", "")
    if answer not in ANSWERS:
        raise refusal("answer_missing")
    ANSWERS[answer](page, asked, now)


def _shown(page: Page) -> Asked | None:
    return read_shown(page.form.get(SHOWN, ""), page.waiting.identifier, page.current.sid)


def _allow(page: Page, asked: Asked, now: datetime) -> None:
    """A yes to what was shown, as far as the client may have it still. Where it asks for more by now, the page comes
    again; and so it does for a form that the page did not make for this person and request."""
    shown = _shown(page)
    cut = shown.cut(asked) if shown is not None else None
    if cut is None or not cut.scope:
        return
    with store().unit():
        interactions.record(page.waiting, consented(page.current.sid, cut.digest), now)
        if not is_trial(page.waiting.interaction):
            allow(cut, page.current, page.client.client_id, now)


def _deny_unshown(page: Page, asked: Asked, now: datetime) -> None:
    """A no is one wherever its form came from. To what was shown it was said already."""
    if _shown(page) is None:
        _deny(page, asked, now)


def _deny(page: Page, asked: Asked, now: datetime) -> None:
    """The client is told last: what it was told is no more than what was done."""
    with store().unit():
        if not is_trial(page.waiting.interaction):
            deny(asked, page.current, page.client.client_id, now)
        interactions.record(page.waiting, denied(page.current.sid), now)


ANSWERS: Mapping[str, Callable[[Page, Asked, datetime], None]] = {ALLOW: _allow, DENY: _deny_unshown}


def groups(judged: AuthorizationRequest, client: Client, before: Consent | None) -> list[dict[str, object]]:
    """What is asked for in plain words: what is new, then what was allowed before; without titles where nothing was."""
    apis = client.resources_named(judged.resource)
    named = {api.identifier: api for api in apis}
    scopes, claims, resources = (before.scope, before.claims, before.resource) if before else ((), (), ())
    asked = [
        *((plain_words.of_scope(each, named), each not in scopes) for each in judged.scope),
        *((plain_words.of_claim(name), name not in claims) for name in judged.claim_names),
        *((plain_words.of_api(name, named), name not in resources) for name in named),
    ]
    new, known = ([words for words, is_new in asked if is_new is wanted] for wanted in (True, False))
    titles = (_("New"), _("You allowed this before")) if before else ("", "")
    both = [
        {"title": titles[0], "words": new, "is_new": before is not None},
        {"title": titles[1], "words": known, "is_new": False},
    ]
    return [group for group in both if group["words"]]
