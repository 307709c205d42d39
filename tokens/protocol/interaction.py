"""What a person still has to do before an authorization request can be answered (OpenID Connect Core §3.1.2.3-4).

One function decides, each time anew, from what is true now; pages record what they did and come back to it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from tokens.protocol.authorization_request import AuthorizationRequest
from tokens.protocol.errors import AccessDenied, ConsentRequired, LoginRequired
from tokens.protocol.records import Client, Consent


class Step(Enum):
    LOGIN = auto()
    CONSENT = auto()
    RESPOND = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The session that asks, as far as it matters here."""

    sid: str
    auth_time: datetime


def consented(sid: str) -> str:
    """The step that this session's person allowed the client. Bound to the session: another's yes is not theirs."""
    return f"consented@{sid}"


def denied(sid: str) -> str:
    return f"denied@{sid}"


def next_step(
    request: AuthorizationRequest,
    client: Client,
    session: SignedIn | None,
    consent: Consent | None,
    *,
    created: datetime,
    steps: frozenset[str],
    now: datetime,
) -> Step:
    """`created`: when the request first came in; a sign-in since then meets prompt=login and max_age.

    Raises what has to go back to the client: AccessDenied, and LoginRequired or ConsentRequired where prompt=none
    forbids to ask.
    """
    if session is None or _login_is_due(request, session, created, now):
        if "none" in request.prompt:
            raise LoginRequired("the person has to sign in")
        return Step.LOGIN
    if denied(session.sid) in steps:
        raise AccessDenied("the person did not allow it")
    if _consent_is_due(request, client, session, consent, steps):
        if "none" in request.prompt:
            raise ConsentRequired("the person has to consent")
        return Step.CONSENT
    return Step.RESPOND


def _login_is_due(request: AuthorizationRequest, session: SignedIn, created: datetime, now: datetime) -> bool:
    if session.auth_time >= created:
        return False
    return "login" in request.prompt or (request.max_age is not None and now - session.auth_time > request.max_age)


def _consent_is_due(
    request: AuthorizationRequest, client: Client, session: SignedIn, consent: Consent | None, steps: frozenset[str]
) -> bool:
    covered = consent is not None and frozenset(request.scope) <= frozenset(consent.scope)
    if consented(session.sid) in steps and (covered or client.skip_consent):
        return False
    return "consent" in request.prompt or not (covered or client.skip_consent)
