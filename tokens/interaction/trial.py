"""A test sign-in of an administrator at a client: a real authorization request whose answer goes to a page of ours.

No request can name that page: it is not among the client's redirect URIs, and what leads there is a step of the
interaction, which only `begin` records. The page takes an answer only in the session that began (`Trial`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import sessions
from tokens.conf import minter
from tokens.interaction import interactions
from tokens.interaction.pending_request import seen_before
from tokens.protocol import pkce
from tokens.protocol.interaction import tried

SESSION_KEY = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the session that began one remembers."""

    client_id: str
    sid: str
    state: str
    code_verifier: str


def begin(request: HttpRequest, client_id: str, parameters: Mapping[str, str], now: datetime) -> HttpResponse:
    """Leads the browser to the authorization endpoint. `parameters`: those that the client would choose."""
    current = sessions.current(request)
    assert current is not None  # noqa: S101 - the admin lets nobody else in
    trial = Trial(client_id=client_id, sid=current.sid, state=minter().mint(), code_verifier=minter().mint())
    request.session[SESSION_KEY] = asdict(trial)
    own = {
        "client_id": client_id,
        "redirect_uri": address(client_id),
        "response_type": "code",
        "state": trial.state,
        "code_challenge": pkce.challenge_of(trial.code_verifier),
        "code_challenge_method": "S256",
    }
    steps = {*seen_before(current), tried(current.sid)}
    identifier, browser = interactions.begin(request, {**parameters, **own}, steps, now)
    return interactions.bind(interactions.see_other(interactions.url("authorization", identifier, client_id)), browser)


def ended(request: HttpRequest, client_id: str, query: Mapping[str, str]) -> Trial | None:
    """The trial that this answer ends, if this session began it: once."""
    kept: dict[str, Any] | None = request.session.get(SESSION_KEY)
    current = sessions.current(request)
    if kept is None or current is None:
        return None
    trial = Trial(**kept)
    if (trial.client_id, trial.sid) != (client_id, current.sid):
        return None
    if not compare_digest(trial.state.encode(), query.get("state", "").encode()):
        return None
    del request.session[SESSION_KEY]
    return trial


def address(client_id: str) -> str:
    """Where the answer of a trial goes."""
    return f"{settings.ISSUER}{reverse('admin:tokens_client_tried', args=[quote(client_id)])}"
