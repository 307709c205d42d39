"""A sign-out that a client asks for: whom its hint names, the note that stands for a hint, what people are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from accounts import sessions
from accounts.ground.dated_signer import DatedSigner
from accounts.ground.shown_text import escaped
from accounts.site.just_ended import just_ended
from tokens.endpoint import refusals
from tokens.interaction.interactions import see_other
from tokens.interaction.untold import untold
from tokens.protocol import base64url
from tokens.protocol.end_session_request import Way
from tokens.protocol.errors import OAuthError
from tokens.protocol.records import Client
from tokens.protocol.subject import session_id, subject
from tokens.stores import store
from tokens.verifier import read_id_token_hint

NOTE_LIFETIME = timedelta(minutes=1)
MAX_SHOWN = 500
"""Characters that a page repeats of an address that came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A good one: an ID token of ours, of any age, of a client that is enabled. Whom and which session it named."""

    client: Client
    sub: str
    sid: str | None

    def names(self, current: sessions.Current) -> bool:
        """Whether it is this very session."""
        return self.sid is not None and self.sid == session_id(self.client, current.sid, settings.PAIRWISE_SALT)


def read_hint(form: Mapping[str, str]) -> Hint | None:
    """None for any other text, and where `client_id` is not its own (OpenID Connect RP-Initiated Logout 1.0 §2)."""
    claims = read_id_token_hint(form["id_token_hint"]) if "id_token_hint" in form else None
    if claims is None or form.get("client_id", claims["aud"]) != claims["aud"]:
        return None
    client = _known(claims["aud"])
    if client is None or not client.enabled:
        return None
    return Hint(client=client, sub=claims["sub"], sid=claims.get("sid"))


def read_way(request: HttpRequest, form: Mapping[str, str], hint: Hint | None) -> Way:
    named = hint.client if hint is not None else _known(form.get("client_id"))
    if hint is not None or "client_id" in form:
        request.named_client = named  # type: ignore[attr-defined]  # ours: a refusal's line in the log has it
    client = named if named is not None and named.enabled else None
    return Way(client=client, post_logout_redirect_uri=form.get("post_logout_redirect_uri"), state=form.get("state"))


def end_session(hint: Hint) -> None:
    """Ends the sign-in that the hint names, if it lives: its client was told of it by this `sid`."""
    sid = store().authorizations.session_told(hint.client.client_id, hint.sid) if hint.sid is not None else None
    if sid is not None:
        sessions.end(sid)


def write_note(way: Way, hint: Hint) -> str:
    """That a good hint came with this request, and about whom, without telling it: for as long as a browser takes to
    come back. Nothing is stored: who holds it can do no more than to be led to a registered address."""
    return _signer().sign(f"{_digest(way)}.{about(way, hint)}")


def read_note(form: Mapping[str, str], way: Way) -> str | None:
    """Whom its hint was about, as `about`; None where the note is not ours, too old, or of another request."""
    try:
        value = _signer().fresh(form.get("note", ""), NOTE_LIFETIME)
    except BadSignature:
        return None
    whole, _, whom = value.partition(".")
    return whom if whole == _digest(way) else None


def about(way: Way, hint: Hint) -> str:
    """Whom the hint names, in a form that tells nobody else."""
    return _digest(way, hint.sub)


def is_about(whom: str, way: Way, current: sessions.Current) -> bool:
    """Whether the person who is signed in is the one."""
    if way.client is None:
        return False
    return whom == _digest(way, subject(way.client, current.subject, settings.PAIRWISE_SALT))


def url(name: str, way: Way, **more: str) -> str:
    """An address of our own that says the same again."""
    return f"{reverse(name)}?{urlencode(way.parameters | more)}"


def leave(request: HttpRequest, way: Way, ended: str | None = None) -> HttpResponse:
    """To the client's own address; where there is none to go to, a page that says what happened."""
    return see_other(way.url) if way.url is not None else show(request, way, ended)


def show(request: HttpRequest, way: Way, ended: str | None = None) -> HttpResponse:
    """The page, with one way on: to the client where its address is good, else to our own home. `ended`: the sid of the
    sign-in that this browser held, where the request ended it. Nobody else is told where the person was."""
    sid = ended or just_ended(request)
    context = {"client": way.client, "url": way.url, "untold": untold(sid, but=way.client) if sid is not None else ()}
    wrong = way.wrong
    if wrong is None:
        return render(request, "tokens/signed_out.html", context)
    refusals.log(request, wrong)
    told = {
        "wrong": escaped((way.post_logout_redirect_uri or "")[:MAX_SHOWN]),
        "detail": wrong.description,
        "explained": refusals.section(wrong),
    }
    return render(request, "tokens/signed_out.html", {**context, **told}, status=wrong.status)


def failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """A request that cannot be read, for the person who meets it; `detail` is for the client's developer."""
    context = {
        "title": gettext("This sign-out cannot go on"),
        "what": gettext("The application that sent you here made a request that this server cannot answer."),
        "whose": gettext("You can sign out on your account's page here. Tell the people who run the application."),
        "detail": error.description,
        "explained": refusals.section(error),
    }
    return render(request, "error.html", context, status=error.status)


def _known(client_id: str | None) -> Client | None:
    return store().clients.get(client_id) if client_id is not None else None


def _signer() -> DatedSigner:
    return DatedSigner(salt="tokens.end_session")


def _digest(way: Way, sub: str = "") -> str:
    """Of the request, and of whom it is about. No member holds a NUL, so none can look like two."""
    told = way.parameters
    said = (told.get(name, "") for name in ("client_id", "post_logout_redirect_uri", "state"))
    return base64url.encode(sha256("\0".join((*said, sub)).encode()).digest())
