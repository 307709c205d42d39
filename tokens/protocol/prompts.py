"""The values of `prompt` (OpenID Connect Core §3.1.2.1): for each the page of the same name, and when it is due.

A page is also due where nothing in the request asks for it: somebody who never allowed a client anything has to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tokens.protocol import acr
from tokens.protocol.client_identity import is_assured, need_not_ask
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client, Consent, Done

if TYPE_CHECKING:
    from tokens.protocol.authorization_request import AuthorizationRequest
    from tokens.protocol.interaction import Rules, SignedIn

NONE = "none"
"""Nothing may be asked: what is due goes back to the client as an error."""
CREATE = "create"
"""Initiating User Registration via OpenID Connect 1.0 §4."""
STEPPED_UP = "sent_to_step_up"
"""The kind of step that remembers it."""
ESSENTIAL, WISHED, REQUIRED = "essential", "wished", "required"
"""What a step-up is for: what the request says, or what is required of the person whatever it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A request and the person who is signed in, as a prompt judges them."""

    request: "AuthorizationRequest"
    client: Client
    session: "SignedIn"
    consent: Consent | None
    steps: frozenset[Done]
    """What was done for the request."""
    fresh: bool
    """The person signed in for this request."""
    rules: "Rules"
    now: datetime

    def did(self, kind: str, what: str | None = None) -> bool:
        """Whether the person did this in the session that asks: another's answer is not theirs."""
        return Done(kind=kind, whose=self.session.sid, what=what) in self.steps

    def stepped_up_at(self, why: str) -> set[datetime | None]:
        """The `auth_time` that the session had whenever it was sent to step up for this reason."""
        return {step.at for step in self.steps if is_step_up(step, self.session.sid, why)}

    def tried(self, why: str) -> bool:
        """Who comes back as they went proved nothing, and is asked again. Who proved the same as before cannot do
        more."""
        return bool(self.stepped_up_at(why) - {self.session.auth_time})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    turn: int
    """Of two pages that are due the one with the lower number comes first."""
    due: Callable[[Situation], bool]
    """Whether the page has to be shown before the request can be answered. Raises what has to go back to the client
    instead."""
    refusal: str
    """The reason that the client is told where prompt=none forbids the page (§3.1.2.6)."""


def _login_is_due(situation: Situation) -> bool:
    return not situation.fresh and _asks_for_a_sign_in(situation)


def _create_is_due(situation: Situation) -> bool:
    """Whoever is signed in; the client asks for somebody who is not. Who has an account after all signs in for it, or
    says in the chooser that they go on with the one that they have."""
    return CREATE in situation.request.prompt and not situation.fresh and not situation.did("selected")


def _step_up_is_due(situation: Situation) -> bool:
    """More factors than the sign-in was by: an essential acr asks for what a person has or can add, a voluntary one for
    what they have, and never in vain (§5.5.1.1). Each asks once: who has not at hand what they
    have would be asked for ever."""
    session, order = situation.session, situation.rules.acr_order
    wanted, wished = situation.request.acr, situation.request.acr_wished
    if wanted is not None and is_essential_unmet(situation.request, session.acr, order):
        if situation.tried(ESSENTIAL) or acr.met(session.attainable, wanted, order) is None:
            raise refusal("acr_unmet")
        return True
    if not wished or NONE in situation.request.prompt or acr.met(session.acr, wished, order) is not None:
        return False
    return not situation.stepped_up_at(WISHED) and acr.met(session.reach, wished, order) is not None


def _second_factor_is_due(situation: Situation) -> bool:
    """What is required of the person, by what the deployment says."""
    if not situation.session.lacks_second_factor:
        return False
    if situation.tried(REQUIRED):
        raise refusal("second_factor_required")
    return True


def _asks_for_a_sign_in(situation: Situation) -> bool:
    max_age = situation.request.max_age
    # max_age=0 is prompt=login by another name: of two nodes' clocks the one of the sign-in may be ahead.
    if "login" in situation.request.prompt or max_age == timedelta(0):
        return True
    return max_age is not None and situation.now - situation.session.auth_time > max_age


def _consent_is_due(situation: Situation) -> bool:
    if not situation.session.may_use:
        # Nobody is asked for a yes that would be worth nothing.
        raise refusal("person_may_not")
    if situation.did("denied"):
        raise refusal("person_denied")
    first_party = need_not_ask(situation.client, situation.request.redirect_uri)
    allowed = first_party or covers(situation.consent, situation.request)
    # The yes of a trial is for that trial: no consent is kept of it.
    if situation.did("consented", situation.request.asked) and (allowed or has_trial(situation.steps)):
        return False
    assured = first_party or is_assured(situation.client, situation.request.redirect_uri)
    if allowed and not assured and NONE in situation.request.prompt:
        raise refusal("consent_each_time")
    # An earlier yes stands for a new one only where nobody else could be who asks.
    return "consent" in situation.request.prompt or not (allowed and assured)


def _select_account_is_due(situation: Situation) -> bool:
    # Whoever is signed in is not who the client expects: they say who goes on, before anything is asked of them.
    asked = "select_account" in situation.request.prompt or not situation.session.expected
    return asked and not situation.fresh and not situation.did("selected")


def is_essential_unmet(request: "AuthorizationRequest", has: str, order: Sequence[str]) -> bool:
    """Whether a sign-in of class `has` meets no acr that is essential to the request."""
    return request.acr is not None and acr.met(has, request.acr, order) is None


def is_step_up(step: Done, sid: str, why: str) -> bool:
    """Whether the session was sent to step up, for what is ESSENTIAL, WISHED or REQUIRED."""
    return (step.kind, step.whose, step.what) == (STEPPED_UP, sid, why)


def has_trial(steps: Iterable[Done]) -> bool:
    """Whether the request is no client's, but an administrator's who tries the client."""
    return any(step.kind == "tried" for step in steps)


def covers(consent: Consent | None, request: "AuthorizationRequest") -> bool:
    """Whether the person allowed all of this before."""
    return (
        consent is not None
        and frozenset(request.scope) <= frozenset(consent.scope)
        and frozenset(request.claim_names) <= frozenset(consent.claims)
        and frozenset(request.resource) <= frozenset(consent.resource)
    )


PROMPTS: Mapping[str, Prompt] = {
    "login": Prompt(turn=2, due=_login_is_due, refusal="login_required"),
    "consent": Prompt(turn=3, due=_consent_is_due, refusal="consent_required"),
    "select_account": Prompt(turn=1, due=_select_account_is_due, refusal="account_selection_required"),
    CREATE: Prompt(turn=0, due=_create_is_due, refusal="login_required"),
}
"""Another one is a line here and a page of its name; what requests may say and discovery offers follows."""
VALUES = (NONE, *PROMPTS)
STEP_UP, SECOND_FACTOR = "acr", "second factor"
DUE: Mapping[str, Prompt] = {
    **PROMPTS,
    SECOND_FACTOR: Prompt(turn=2, due=_second_factor_is_due, refusal="second_factor_required"),
    STEP_UP: Prompt(turn=2, due=_step_up_is_due, refusal="acr_unmet"),
}
"""And, right after a sign-in, what no value of `prompt` asks for: what is required of the person, and what `acr_values`
and an essential `acr` ask for."""


def values(*, sign_up: bool) -> Sequence[str]:
    """Those of VALUES that there are. `sign_up`: whether anybody may make an account."""
    return [value for value in VALUES if sign_up or value != CREATE]
