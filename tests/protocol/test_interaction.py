"""What is still due before a request can be answered: every combination, against the specification's words."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product, starmap
from typing import Any

import pytest

from tests.support.builders import NOW, SUBJECT, client_record
from tests.support.messages import CHALLENGE, REDIRECT_URI
from tokens.protocol.authorization_request import AuthorizationRequest, digest
from tokens.protocol.errors import (
    AccessDenied,
    ConsentRequired,
    LoginRequired,
    OAuthError,
    UnmetAuthenticationRequirements,
)
from tokens.protocol.handles import Key
from tokens.protocol.interaction import (
    Rules,
    SignedIn,
    consented,
    denied,
    next_prompt,
    seen,
    selected,
    sent_to_sign_in,
)
from tokens.protocol.records import ClaimsRequest, Consent, Done, Interaction

CREATED = NOW - timedelta(seconds=30)
MARGIN = timedelta(seconds=10)
RULES = Rules(acr_order=("1", "mfa", "phr"), clock_margin=MARGIN)
PROMPTS = [
    frozenset(words)
    for words in (
        *(set[str](), {"none"}, {"login"}, {"consent"}, {"select_account"}, {"create"}, {"login", "consent"}),
        {"login", "select_account", "consent"},
    )
]
SID, ANOTHER = "0.sid", "0.another"
ASKED = digest(("openid", "email"), (), ())
"""What the requests of these tests ask a person to allow."""
RESPOND = None
"""Nothing is due: the request is answered."""
Due = str | None | type[OAuthError]


@dataclass(frozen=True, slots=True)
class Case:
    """`auth_time`: seconds before the request came in, None: nobody is signed in; `seen`: already then."""

    auth_time: int | None
    seen: bool
    first_visit: bool
    prompt: frozenset[str]
    max_age: int | None
    consent: tuple[str, ...] | None
    skip_consent: bool
    steps: frozenset[Done]


VALUES = (
    (None, 3600, 11, 10, 1, 0, -5),
    (False, True),
    (False, True),
    PROMPTS,
    (None, 0, 20, 45, 86400),
    (None, (), ("openid", "email"), ("openid", "email", "profile")),
    (False, True),
    (
        frozenset[Done](),
        frozenset({consented(SID, ASKED)}),
        frozenset({denied(SID)}),
        frozenset({selected(SID)}),
        frozenset({consented(ANOTHER, ASKED), selected(ANOTHER), denied(ANOTHER)}),
        frozenset({consented(SID, ASKED), denied(SID), selected(SID)}),
        frozenset({consented(SID, digest(("openid",), (), ()))}),
    ),
)
"""Of each field of a case."""


def expected(case: Case) -> Due:
    """OpenID Connect Core §3.1.2.1, §3.1.2.3 and §3.1.2.4, told once more in another way than the code does."""
    may_ask = "none" not in case.prompt
    steps = frozenset[Done]() if case.first_visit else case.steps
    if case.auth_time is None:
        return ("create" if "create" in case.prompt else "login") if may_ask else LoginRequired
    signed_in_for_it = not case.first_visit and not case.seen and case.auth_time <= 10
    for page in {"create", "select_account"} & case.prompt:
        if not (signed_in_for_it or selected(SID) in steps):
            return page
    if not signed_in_for_it and _asks_for_a_sign_in(case):
        return "login" if may_ask else LoginRequired
    if denied(SID) in steps:
        return AccessDenied
    agreed = case.skip_consent or (case.consent is not None and {"openid", "email"} <= set(case.consent))
    asked_again = "consent" not in case.prompt or consented(SID, ASKED) in steps
    if agreed and asked_again:
        return RESPOND
    return "consent" if may_ask else ConsentRequired


def _asks_for_a_sign_in(case: Case) -> bool:
    if "login" in case.prompt or case.max_age == 0:
        return True
    assert case.auth_time is not None
    age = case.auth_time + (NOW - CREATED).total_seconds()
    return case.max_age is not None and age > case.max_age


@pytest.mark.covers("S16 none", "S16 login", "S16 max_age", "S75 scope", "CVE-2022-39222")
def test_every_combination_leads_where_the_specification_says_and_prompt_none_never_to_a_page() -> None:
    steps = {case: _step(case) for case in starmap(Case, product(*VALUES))}
    assert len(steps) == 62_720
    assert [(case, step) for case, step in steps.items() if step != expected(case)] == []
    assert {step for case, step in steps.items() if "none" in case.prompt} == {
        *(RESPOND, LoginRequired, ConsentRequired, AccessDenied)
    }


# --- Signing in again: asked once, never skipped, however the nodes' clocks differ


@pytest.mark.covers("S16 login")
@pytest.mark.parametrize("asked", [{"prompt": frozenset({"login"})}, {"max_age": timedelta(0)}])
@pytest.mark.parametrize("skew", range(-10, 11, 5))
def test_one_sign_in_meets_what_asked_for_it_though_another_node_s_clock_says_when(
    asked: dict[str, Any], skew: int
) -> None:
    """The node of the sign-in is up to the margin behind or ahead of the one where the request came in."""
    before, after = CREATED - timedelta(hours=1), CREATED + timedelta(seconds=skew)
    waiting = _interaction(seen(SID, before))
    assert _next(_request(**asked), _session(auth_time=before), waiting) == "login"
    assert _next(_request(**asked), _session(auth_time=after), waiting) is RESPOND


@pytest.mark.covers("S16 login")
@pytest.mark.parametrize("asked", [{"prompt": frozenset({"login"})}, {"max_age": timedelta(0)}])
@pytest.mark.parametrize("seconds", [-10, 0, 1, 10])
def test_a_sign_in_before_the_request_never_meets_it_though_its_node_s_clock_is_ahead(
    asked: dict[str, Any], seconds: int
) -> None:
    ahead = _session(auth_time=CREATED + timedelta(seconds=seconds))
    assert _next(_request(**asked), ahead, None, now=CREATED) == "login"
    assert _next(_request(**asked), ahead, _interaction(seen(SID, ahead.auth_time))) == "login"


@pytest.mark.covers("S16 login")
def test_a_sign_in_that_was_held_back_while_the_request_came_in_does_not_meet_it() -> None:
    """Somebody at an unlocked computer may take the session's cookie away and put it back."""
    old = _session(auth_time=CREATED - MARGIN - timedelta(microseconds=1))
    assert _next(_request(prompt=frozenset({"login"})), old, _interaction()) == "login"


@pytest.mark.covers("S16 max_age")
def test_the_margin_of_the_clocks_lengthens_no_max_age() -> None:
    request = _request(max_age=timedelta(seconds=60))
    for age, step in ((60, RESPOND), (61, "login")):
        assert _next(request, _session(auth_time=NOW - timedelta(seconds=age)), None) == step


# --- Who


@pytest.mark.covers("S17")
@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("steps", [(), (selected(SID), consented(SID, ASKED)), (denied(SID),)])
def test_another_person_than_the_one_asked_for_is_login_required_whatever_else_is_asked(
    prompt: frozenset[str], steps: tuple[Done, ...]
) -> None:
    request = _request(prompt=prompt, subjects=frozenset({"whom the client knows"}))
    for interaction in (None, _interaction(*steps)):
        for auth_time in (CREATED - timedelta(hours=1), CREATED + timedelta(seconds=1)):
            assert _outcome(request, _session(auth_time=auth_time), interaction) is LoginRequired


@pytest.mark.covers("S17")
def test_the_person_asked_for_is_known_by_what_this_client_is_told() -> None:
    session = _session(sub="pairwise")
    assert _next(_request(subjects=frozenset({"pairwise", "x"})), session, None) is RESPOND
    assert _outcome(_request(subjects=frozenset({SUBJECT})), session, None) is LoginRequired
    assert _outcome(_request(subjects=frozenset()), session, None) is LoginRequired


@pytest.mark.covers("S17")
def test_nobody_signed_in_is_asked_who_they_are_though_somebody_is_expected() -> None:
    request = _request(subjects=frozenset({"pairwise"}))
    assert _next(request, None, None) == "login"
    assert _outcome(replace(request, prompt=frozenset({"none"})), None, None) is LoginRequired


@pytest.mark.covers("S16 login", "S17")
def test_who_has_to_sign_in_again_cannot_be_replaced_by_somebody_else() -> None:
    request = _request(prompt=frozenset({"login"}))
    waiting = _interaction(seen(SID, CREATED), sent_to_sign_in(SUBJECT))
    later = CREATED + timedelta(seconds=5)
    assert _next(request, _session(auth_time=later), waiting) is RESPOND
    somebody_else = _session(sid=ANOTHER, subject="b", sub="b", auth_time=later)
    assert _outcome(request, somebody_else, waiting) is LoginRequired


# --- How surely


@pytest.mark.parametrize(
    ("acr", "wanted", "step"),
    [
        ("1", None, RESPOND),
        ("1", ("1",), RESPOND),
        ("1", ("mfa", "1"), RESPOND),
        ("1", ("mfa",), UnmetAuthenticationRequirements),
        ("1", ("mfa", "phr", "unknown"), UnmetAuthenticationRequirements),
        ("1", (), UnmetAuthenticationRequirements),
        ("mfa", ("1",), RESPOND),
        ("mfa", ("phr",), UnmetAuthenticationRequirements),
        ("phr", ("mfa",), RESPOND),
        ("unknown", ("1",), UnmetAuthenticationRequirements),
        ("unknown", ("unknown",), RESPOND),
    ],
)
@pytest.mark.parametrize("prompt", [frozenset[str](), frozenset({"none"})])
def test_an_essential_acr_is_met_or_the_request_fails(
    acr: str, wanted: tuple[str, ...] | None, step: Due, prompt: frozenset[str]
) -> None:
    assert _outcome(_request(acr=wanted, prompt=prompt), _session(acr=acr), None) == step


# --- Consent


@pytest.mark.covers("S75 scope")
@pytest.mark.parametrize(
    ("asked", "allowed", "covered"),
    [
        ({}, {}, True),
        ({"scope": ("openid", "profile")}, {}, False),
        ({"claim_names": ("name",)}, {}, False),
        ({"claim_names": ("name",)}, {"claims": ("name", "given_name")}, True),
        ({"claim_names": ("name", "family_name")}, {"claims": ("name",)}, False),
        ({"claim_names": ("attribute:department",)}, {"claims": ("attribute:salary", "department")}, False),
        ({"resource": ("urn:a",)}, {}, False),
        ({"resource": ("urn:a",)}, {"resource": ("urn:a", "urn:b")}, True),
        ({"resource": ("urn:a", "urn:c")}, {"resource": ("urn:a", "urn:b")}, False),
        ({"resource": ("urn:a",)}, {"claims": ("urn:a",), "scope": ("openid", "email", "urn:a")}, False),
    ],
)
def test_more_than_was_allowed_is_asked_for_sent_to_sign_in(
    asked: dict[str, Any], allowed: dict[str, Any], covered: bool
) -> None:
    request, consent = _request(**asked), replace(_consent(("openid", "email")), **allowed)
    assert _next(request, _session(), None, consent) == (RESPOND if covered else "consent")
    said_yes = _interaction(consented(SID, request.asked))
    assert _next(request, _session(), said_yes, consent) == (RESPOND if covered else "consent")
    ours = client_record(skip_consent=True)
    assert next_prompt(request, ours, _session(), None, None, rules=RULES, now=NOW) is RESPOND


# --- Whose client it is (RFC 8252 §8.6)

HTTPS, LOOPBACK, APP = "https://rp.example/callback", "http://127.0.0.1:4711/callback", "com.example.app:/callback"
KINDS: dict[str, dict[str, str]] = {
    "web": {"application_type": "web", "token_endpoint_auth_method": "client_secret_basic"},
    "spa": {"application_type": "web", "token_endpoint_auth_method": "none"},
    "native": {"application_type": "native", "token_endpoint_auth_method": "none"},
    "native with a secret": {"application_type": "native", "token_endpoint_auth_method": "client_secret_post"},
}


@pytest.mark.covers("S75 assured")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("redirect_uri", [HTTPS, LOOPBACK, "http://localhost/callback", "http://[::1]/callback", APP])
@pytest.mark.parametrize("prompt", ["", "none", "consent", "login"])
@pytest.mark.parametrize("skip_consent", [False, True])
@pytest.mark.parametrize("before", [None, ("openid", "email")])
@pytest.mark.parametrize("said", [None, "yes", "yes to less"])
def test_a_yes_of_before_stands_only_where_nobody_else_can_be_the_client(
    kind: str, redirect_uri: str, prompt: str, skip_consent: bool, before: tuple[str, ...] | None, said: str | None
) -> None:
    client = replace(client_record(skip_consent=skip_consent), **KINDS[kind])  # type: ignore[arg-type]  # literals
    request = _request(redirect_uri=redirect_uri, prompt=frozenset(prompt.split()))
    assured = redirect_uri == HTTPS or kind == "web"
    administrators = skip_consent and (assured or kind == "spa")
    allowed = before is not None or administrators
    due = not (allowed and (assured or administrators)) or prompt == "consent"
    if said == "yes" and allowed:
        due = False
    yes = {None: (), "yes": (consented(SID, ASKED),), "yes to less": (consented(SID, digest(("openid",), (), ())),)}
    consent, waiting = _consent(before) if before is not None else None, _interaction(*yes[said])
    try:
        step: Due = next_prompt(request, client, _session(auth_time=NOW), consent, waiting, rules=RULES, now=NOW)
    except OAuthError as error:
        step = type(error)
    assert step == ((ConsentRequired if prompt == "none" else "consent") if due else RESPOND)


@pytest.mark.covers("S75 scope", "CVE-2026-49443")
def test_a_recorded_yes_does_not_stand_for_a_consent_that_is_gone() -> None:
    assert (
        next_prompt(
            _request(), client_record(), _session(), None, _interaction(consented(SID, ASKED)), rules=RULES, now=NOW
        )
        == "consent"
    )


def test_a_sid_cannot_be_made_to_look_like_another_step() -> None:
    assert len({consented("x", "y"), *(kind("x") for kind in (denied, selected, sent_to_sign_in))}) == 4
    stored = denied(SID).as_text()
    for forged in (f"{SID}|denied@{SID}", f'{SID}"}}{stored}', stored, f"{SID}\n{stored}\n"):
        for step in (consented(forged, ASKED), consented(SID, forged)):
            assert step not in (consented(SID, ASKED), denied(SID))
            assert stored not in step.as_text()


@pytest.mark.parametrize("whose", ["", SID, 'a"b', "a\\", "a\nb", "\u2028é\ud800", "{}", "\x00"])
@pytest.mark.parametrize("at", [None, NOW, NOW.replace(microsecond=1)])
@pytest.mark.parametrize("what", [None, ASKED, '"\n'])
def test_a_step_is_the_same_after_it_was_written_down(whose: str, at: datetime | None, what: str | None) -> None:
    step = Done(kind="seen", whose=whose, at=at, what=what)
    text = step.as_text()
    assert (Done.from_text(text), text.splitlines(), text.isascii()) == (step, [text], True)


def test_a_step_of_a_later_version_is_read() -> None:
    assert Done.from_text('{"kind": "denied", "whose": "0.sid", "why": "too much"}') == denied(SID)


def _step(case: Case) -> Due:
    request = _request(prompt=case.prompt, max_age=None if case.max_age is None else timedelta(seconds=case.max_age))
    session, steps = None, case.steps
    if case.auth_time is not None:
        session = _session(auth_time=CREATED - timedelta(seconds=case.auth_time))
        steps |= {seen(session.sid, session.auth_time)} if case.seen else set()
    consent = None if case.consent is None else _consent(case.consent)
    client = client_record(skip_consent=case.skip_consent)
    interaction = None if case.first_visit else _interaction(*steps)
    try:
        return next_prompt(request, client, session, consent, interaction, rules=RULES, now=NOW)
    except OAuthError as error:
        return type(error)


def _outcome(request: AuthorizationRequest, session: SignedIn | None, interaction: Interaction | None) -> Due:
    try:
        return _next(request, session, interaction)
    except OAuthError as error:
        return type(error)


def _next(
    request: AuthorizationRequest,
    session: SignedIn | None,
    interaction: Interaction | None,
    consent: Consent | None = None,
    **more: Any,
) -> str | None:
    consent = consent or _consent(("openid", "email"))
    return next_prompt(request, client_record(), session, consent, interaction, **{"rules": RULES, "now": NOW, **more})


def _session(**changes: Any) -> SignedIn:
    ordinary = SignedIn(sid=SID, subject=SUBJECT, sub=SUBJECT, auth_time=NOW - timedelta(hours=1), acr="1")
    return replace(ordinary, **changes)


def _interaction(*steps: Done) -> Interaction:
    return Interaction(
        key=Key("k"),
        browser=Key("b"),
        parameters={},
        created=CREATED,
        expires=NOW + timedelta(hours=1),
        steps=frozenset(steps),
    )


def _consent(scope: tuple[str, ...]) -> Consent:
    later = NOW + timedelta(days=1)
    return Consent(id="0.c", subject=SUBJECT, client_id="0.client", scope=scope, granted_at=CREATED, expires=later)


def _request(**changes: Any) -> AuthorizationRequest:
    ordinary = AuthorizationRequest(
        client_id="0.client",
        redirect_uri=REDIRECT_URI,
        scope=("openid", "email"),
        nonce=None,
        code_challenge=CHALLENGE,
        prompt=frozenset(),
        max_age=None,
        resource=(),
        claims=ClaimsRequest(),
        subjects=None,
        acr=None,
    )
    return replace(ordinary, **changes)
