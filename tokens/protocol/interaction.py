"""What a person still has to do before an authorization request can be answered (OpenID Connect Core §3.1.2.3-4).

One function decides, each time again, from what is true now; pages record what they did and come back to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tokens.protocol.authorization_request import AuthorizationRequest
from tokens.protocol.prompts import CREATE, DUE, NONE, STEPPED_UP, WISHED, Situation, has_trial, is_step_up
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client, Consent, Done, Interaction

_IN_TURN = sorted(DUE, key=lambda name: DUE[name].turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The session that asks, as far as it matters here."""

    sid: str
    subject: str
    sub: str
    """`subject` as the client that asks is told."""
    auth_time: datetime
    acr: str
    reach: str = ""
    """The strongest class that the person can be of by what they have; empty where nobody asked."""
    attainable: str = ""
    """The same, with what they can add now."""
    lacks_second_factor: bool = False
    """One is required of this person, whatever the request says, and they did not prove it."""
    expected: bool = True
    """No `login_hint` names somebody else."""
    may_use: bool = True
    """The client is for this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the deployment says. `acr_order`: the classes that it knows, weakest first."""

    acr_order: Sequence[str]
    clock_margin: timedelta
    """So far may the clock of the node that signed somebody in be behind that of the one where the request came in."""


def consented(sid: str, asked: str) -> Done:
    """This session's person allowed the client what a page showed: `AuthorizationRequest.asked` of that."""
    return Done(kind="consented", whose=sid, what=asked)


def denied(sid: str) -> Done:
    return Done(kind="denied", whose=sid)


def selected(sid: str) -> Done:
    """This session's person said that they want to go on as who they are."""
    return Done(kind="selected", whose=sid)


def seen(sid: str, auth_time: datetime) -> Done:
    """The sign-in that there was when the request came in: it cannot be the one that the request asks for."""
    return Done(kind="seen", whose=sid, at=auth_time)


def sent_to_sign_in(subject: str) -> Done:
    """This person had to sign in again for the request: nobody else can do it for them, unless they gave way."""
    return Done(kind="sent_to_sign_in", whose=subject)


def sent_to_step_up(sid: str, auth_time: datetime, why: str) -> Done:
    """This session's person was asked for more factors, when they had proved theirs at `auth_time`. `why`: ESSENTIAL,
    WISHED or REQUIRED."""
    return Done(kind=STEPPED_UP, whose=sid, at=auth_time, what=why)


def may_go_on_without(interaction: Interaction, sid: str) -> bool:
    """Whether more factors are but a wish that this session's person was told of."""
    return any(is_step_up(step, sid, WISHED) for step in interaction.steps)


def gave_way(subject: str) -> Done:
    """This person said that somebody else goes on: what was asked of them is asked of nobody any more."""
    return Done(kind="gave_way", whose=subject)


def tried(sid: str) -> Done:
    """The request is no client's: this administrator's session tries the client, and looks at the answer itself."""
    return Done(kind="tried", whose=sid)


def is_trial(interaction: Interaction) -> bool:
    return has_trial(interaction.steps)


def next_prompt(
    request: AuthorizationRequest,
    client: Client,
    session: SignedIn | None,
    consent: Consent | None,
    interaction: Interaction | None,
    *,
    rules: Rules,
    now: datetime,
) -> str | None:
    """Which of DUE it is, by its name; None where the request can be answered. `interaction`: None where the
    request has just come in.

    Raises what has to go back to the client: AccessDenied, UnmetAuthenticationRequirements, LoginRequired for another
    person than the one that is meant; and the refusal of what is due where prompt=none forbids to ask.
    """
    if session is None:
        return _allowed(CREATE if CREATE in request.prompt else "login", request)
    steps = interaction.steps if interaction is not None else frozenset[Done]()
    _check_person(request, session, steps)
    situation = Situation(
        request=request,
        client=client,
        session=session,
        consent=consent,
        steps=steps,
        fresh=interaction is not None and _is_fresh(session, interaction, rules.clock_margin),
        rules=rules,
        now=now,
    )
    due = next((name for name in _IN_TURN if DUE[name].due(situation)), None)
    return _allowed(due, request) if due is not None else None


def _allowed(due: str, request: AuthorizationRequest) -> str:
    if NONE in request.prompt:
        raise refusal(DUE[due].refusal)
    return due


def _check_person(request: AuthorizationRequest, session: SignedIn, steps: frozenset[Done]) -> None:
    if request.subjects is not None and session.sub not in request.subjects:
        raise refusal("other_person_signed_in")
    sent = {step.whose for step in steps if step.kind == "sent_to_sign_in"}
    sent -= {step.whose for step in steps if step.kind == "gave_way"}
    if sent and session.subject not in sent:
        raise refusal("other_person_came")


def _is_fresh(session: SignedIn, interaction: Interaction, margin: timedelta) -> bool:
    """Whether the person signed in for this request. That it is another sign-in than the one seen before needs no
    clock; the time says that it is no old one that somebody held back meanwhile."""
    before = seen(session.sid, session.auth_time) in interaction.steps
    return not before and session.auth_time >= interaction.created - margin
