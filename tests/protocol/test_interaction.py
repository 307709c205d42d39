"""What is still due before a request can be answered: every combination, against the specification's words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from tests.builders import CHALLENGE, NOW, REDIRECT_URI, SUBJECT, client_record
from tokens.protocol.authorization_request import AuthorizationRequest
from tokens.protocol.errors import AccessDenied, ConsentRequired, LoginRequired, OAuthError
from tokens.protocol.interaction import SignedIn, Step, consented, denied, next_step
from tokens.protocol.records import Consent

CREATED = NOW - timedelta(seconds=30)
PROMPTS = [frozenset(words) for words in (set[str](), {"none"}, {"login"}, {"consent"}, {"login", "consent"})]
SID, ANOTHER = "0.sid", "0.another"


@dataclass(frozen=True, slots=True)
class Case:
    """`auth_time`: seconds before the request came in; None: nobody is signed in."""

    auth_time: int | None
    prompt: frozenset[str]
    max_age: int | None
    consent: tuple[str, ...] | None
    skip_consent: bool
    steps: frozenset[str]


CASES = [
    Case(*values)
    for values in product(
        (None, 3600, 1, 0, -10),
        PROMPTS,
        (None, 0, 30, 60, 86400),
        (None, (), ("openid",), ("openid", "email"), ("openid", "email", "profile")),
        (False, True),
        (
            frozenset[str](),
            frozenset({consented(SID)}),
            frozenset({denied(SID)}),
            frozenset({consented(ANOTHER)}),
            frozenset({denied(ANOTHER)}),
            frozenset({consented(SID), denied(SID)}),
        ),
    )
]


def expected(case: Case) -> Step | type[OAuthError]:
    """OpenID Connect Core §3.1.2.1, §3.1.2.3 and §3.1.2.4, told once more in another way than the code does."""
    may_ask = "none" not in case.prompt
    if not _sign_in_is_fresh_enough(case):
        return Step.LOGIN if may_ask else LoginRequired
    if denied(SID) in case.steps:
        return AccessDenied
    agreed = case.skip_consent or (case.consent is not None and {"openid", "email"} <= set(case.consent))
    asked_again = "consent" not in case.prompt or consented(SID) in case.steps
    if agreed and asked_again:
        return Step.RESPOND
    return Step.CONSENT if may_ask else ConsentRequired


def _sign_in_is_fresh_enough(case: Case) -> bool:
    if case.auth_time is None:
        return False
    if case.auth_time <= 0:  # signed in since the request came in
        return True
    age = case.auth_time + (NOW - CREATED).total_seconds()
    return "login" not in case.prompt and (case.max_age is None or age <= case.max_age)


@pytest.mark.covers("S16", "S75", "CVE-2022-39222")
def test_every_combination_leads_where_the_specification_says() -> None:
    assert len(CASES) == 7500
    wrong = [(case, expected(case), _step(case)) for case in CASES if _step(case) is not expected(case)]
    assert wrong == []


@pytest.mark.covers("S16")
def test_prompt_none_never_leads_to_a_page() -> None:
    found = {_step(case) for case in CASES if "none" in case.prompt}
    assert found == {Step.RESPOND, LoginRequired, ConsentRequired, AccessDenied}


@pytest.mark.covers("S16")
@pytest.mark.parametrize("asked", [{"prompt": frozenset({"login"})}, {"max_age": timedelta(0)}])
def test_signing_in_again_meets_what_asked_for_it_so_that_nobody_goes_round_in_circles(asked: dict[str, Any]) -> None:
    before, after = CREATED - timedelta(microseconds=1), CREATED
    assert _next(before, **asked) is Step.LOGIN
    assert _next(after, **asked) is Step.RESPOND


@pytest.mark.covers("S75", "CVE-2022-39222")
def test_another_sessions_yes_is_not_this_ones() -> None:
    case = Case(1, frozenset({"consent"}), None, ("openid", "email"), False, frozenset({consented(ANOTHER)}))
    assert _step(case) is Step.CONSENT


@pytest.mark.covers("S75", "CVE-2026-49443")
def test_a_recorded_yes_does_not_stand_for_a_consent_that_is_gone() -> None:
    case = Case(1, frozenset(), None, None, False, frozenset({consented(SID)}))
    assert _step(case) is Step.CONSENT


def test_a_sid_cannot_be_made_to_look_like_another_step() -> None:
    assert consented("x") != denied("x")
    assert consented(f"{SID}|denied@{SID}") not in (consented(SID), denied(SID))


def _step(case: Case) -> Step | type[OAuthError]:
    session = None if case.auth_time is None else _session(CREATED - timedelta(seconds=case.auth_time))
    consent = None if case.consent is None else _consent(case.consent)
    max_age = None if case.max_age is None else timedelta(seconds=case.max_age)
    client = client_record(skip_consent=case.skip_consent)
    request = _request(prompt=case.prompt, max_age=max_age)
    try:
        return next_step(request, client, session, consent, created=CREATED, steps=case.steps, now=NOW)
    except OAuthError as error:
        return type(error)


def _next(auth_time: datetime, **asked: Any) -> Step:
    consent = _consent(("openid", "email"))
    request, session = _request(**asked), _session(auth_time)
    return next_step(request, client_record(), session, consent, created=CREATED, steps=frozenset(), now=NOW)


def _session(auth_time: datetime) -> SignedIn:
    return SignedIn(sid=SID, auth_time=auth_time)


def _consent(scope: tuple[str, ...]) -> Consent:
    later = NOW + timedelta(days=1)
    return Consent(id="0.c", subject=SUBJECT, client_id="0.client", scope=scope, granted_at=CREATED, expires=later)


def _request(*, prompt: frozenset[str] = frozenset(), max_age: timedelta | None = None) -> AuthorizationRequest:
    return AuthorizationRequest(
        client_id="0.client",
        redirect_uri=REDIRECT_URI,
        scope=("openid", "email"),
        nonce=None,
        code_challenge=CHALLENGE,
        prompt=prompt,
        max_age=max_age,
    )
