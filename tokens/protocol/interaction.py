"""What a person still has to do before an authorization request can be answered (OpenID Connect Core §3.1.2.3-4).

One function decides, each time anew, from what is true now; pages record what they did and come back to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from tokens.protocol import acr
from tokens.protocol.authorization_request import AuthorizationRequest
from tokens.protocol.errors import AccessDenied, ConsentRequired, LoginRequired, UnmetAuthenticationRequirements
from tokens.protocol.records import Client, Consent, Interaction


class Step(Enum):
    SELECT_ACCOUNT = auto()
    LOGIN = auto()
    CONSENT = auto()
    RESPOND = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The session that asks, as far as it matters here."""

    sid: str
    subject: str
    sub: str
    """`subject` as the client that asks is told."""
    auth_time: datetime
    acr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the deployment says. `acr_order`: the classes that it knows, weakest first."""

    acr_order: Sequence[str]
    clock_margin: timedelta
    """So far may the clock of the node that signed somebody in be behind that of the one where the request came in."""


def consented(sid: str) -> str:
    """The step that this session's person allowed the client. Bound to the session: another's yes is not theirs."""
    return f"consented@{sid}"


def denied(sid: str) -> str:
    return f"denied@{sid}"


def selected(sid: str) -> str:
    """This session's person said that they want to go on as who they are."""
    return f"selected@{sid}"


def seen(sid: str, auth_time: datetime) -> str:
    """The sign-in that there was when the request came in: it cannot be the one that the request asks for."""
    return f"seen@{sid}@{auth_time.isoformat()}"


def again(subject: str) -> str:
    """This person had to sign in again for the request: nobody else can do it for them."""
    return f"again@{subject}"


def next_step(
    request: AuthorizationRequest,
    client: Client,
    session: SignedIn | None,
    consent: Consent | None,
    interaction: Interaction | None,
    *,
    rules: Rules,
    now: datetime,
) -> Step:
    """`interaction`: None where the request has just come in.

    Raises what has to go back to the client: AccessDenied, UnmetAuthenticationRequirements, LoginRequired for another
    person than the one that is meant; LoginRequired and ConsentRequired where prompt=none forbids to ask.
    """
    steps = interaction.steps if interaction is not None else frozenset[str]()
    if session is None:
        return _sign_in(request)
    _check_person(request, session, steps)
    fresh = interaction is not None and _is_fresh(session, interaction, rules.clock_margin)
    if "select_account" in request.prompt and not fresh and selected(session.sid) not in steps:
        return Step.SELECT_ACCOUNT
    if not fresh and _login_is_due(request, session, now):
        return _sign_in(request)
    if request.acr is not None and acr.met(session.acr, request.acr, rules.acr_order) is None:
        raise UnmetAuthenticationRequirements("the sign-in is of no acr that is essential to the request")
    if denied(session.sid) in steps:
        raise AccessDenied("the person did not allow it")
    if _consent_is_due(request, client, session, consent, steps):
        if "none" in request.prompt:
            raise ConsentRequired("the person has to consent")
        return Step.CONSENT
    return Step.RESPOND


def covers(consent: Consent | None, request: AuthorizationRequest) -> bool:
    """Whether the person allowed all of this before."""
    return (
        consent is not None
        and frozenset(request.scope) <= frozenset(consent.scope)
        and frozenset(request.claim_names) <= frozenset(consent.claims)
        and frozenset(request.resource) <= frozenset(consent.resource)
    )


def _sign_in(request: AuthorizationRequest) -> Step:
    if "none" in request.prompt:
        raise LoginRequired("the person has to sign in")
    return Step.LOGIN


def _check_person(request: AuthorizationRequest, session: SignedIn, steps: frozenset[str]) -> None:
    if request.subjects is not None and session.sub not in request.subjects:
        raise LoginRequired("another person is signed in than the one who is asked for")
    if any(step.startswith(again("")) for step in steps) and again(session.subject) not in steps:
        raise LoginRequired("another person signed in than the one who had to")


def _is_fresh(session: SignedIn, interaction: Interaction, margin: timedelta) -> bool:
    """Whether the person signed in for this request. That it is another sign-in than the one seen before needs no
    clock; the time says that it is no old one that somebody held back meanwhile."""
    before = seen(session.sid, session.auth_time) in interaction.steps
    return not before and session.auth_time >= interaction.created - margin


def _login_is_due(request: AuthorizationRequest, session: SignedIn, now: datetime) -> bool:
    # max_age=0 is prompt=login by another name: of two nodes' clocks the one of the sign-in may be ahead.
    if "login" in request.prompt or request.max_age == timedelta(0):
        return True
    return request.max_age is not None and now - session.auth_time > request.max_age


def _consent_is_due(
    request: AuthorizationRequest, client: Client, session: SignedIn, consent: Consent | None, steps: frozenset[str]
) -> bool:
    allowed = client.skip_consent or covers(consent, request)
    if consented(session.sid) in steps and allowed:
        return False
    return "consent" in request.prompt or not allowed
