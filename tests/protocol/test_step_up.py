"""Which request asks for more factors than a sign-in was by (OpenID Connect Core §5.5.1.1)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.protocol.test_interaction import (
    ANOTHER,
    RESPOND,
    RULES,
    SID,
    Due,
    _interaction,
    _outcome,
    _request,
    _session,
)
from tokens.protocol.errors import UnmetAuthenticationRequirements
from tokens.protocol.interaction import sent_to_step_up
from tokens.protocol.prompts import ESSENTIAL, REQUIRED, SECOND_FACTOR, STEP_UP, WISHED


@pytest.mark.parametrize(
    ("acr", "reach", "wanted", "wished", "step"),
    [
        ("1", "1", ("mfa",), (), STEP_UP),
        ("1", "mfa", ("mfa",), (), STEP_UP),
        ("1", "mfa", ("phr",), (), UnmetAuthenticationRequirements),
        ("1", "phr", ("phr",), (), STEP_UP),
        ("mfa", "mfa", ("mfa",), ("phr",), RESPOND),
        ("1", "1", None, ("mfa", "phr"), RESPOND),
        ("1", "mfa", None, ("phr", "mfa"), STEP_UP),
        ("1", "mfa", None, ("phr",), RESPOND),
        ("mfa", "phr", None, ("mfa", "phr"), RESPOND),
        ("mfa", "phr", None, ("phr",), STEP_UP),
        ("1", "mfa", None, ("unknown",), RESPOND),
        ("1", "mfa", None, ("1", "mfa"), RESPOND),
    ],
)
@pytest.mark.parametrize("silent", [False, True])
def test_who_can_prove_more_is_asked_for_it_and_a_wish_is_never_refused(
    acr: str, reach: str, wanted: tuple[str, ...] | None, wished: tuple[str, ...], step: Due, silent: bool
) -> None:
    prompt = frozenset({"none"} if silent else ())
    session = _session(acr=acr, reach=reach, attainable=max(reach, "mfa", key=RULES.acr_order.index))
    if silent and step == STEP_UP:
        step = RESPOND if wanted is None else UnmetAuthenticationRequirements
    assert _outcome(_request(acr=wanted, acr_wished=wished, prompt=prompt), session, None) == step


BEFORE, NOW_PROVED = _session().auth_time - timedelta(minutes=5), _session().auth_time


@pytest.mark.parametrize("wished", [False, True])
@pytest.mark.parametrize(
    ("steps", "essential", "voluntary"),
    [
        ((), STEP_UP, STEP_UP),
        ([(SID, BEFORE, ESSENTIAL)], UnmetAuthenticationRequirements, STEP_UP),
        ([(SID, NOW_PROVED, ESSENTIAL)], STEP_UP, STEP_UP),
        ([(SID, BEFORE, ESSENTIAL), (SID, NOW_PROVED, ESSENTIAL)], UnmetAuthenticationRequirements, STEP_UP),
        ([(SID, BEFORE, WISHED)], STEP_UP, RESPOND),
        ([(SID, NOW_PROVED, WISHED)], STEP_UP, RESPOND),
        ([(ANOTHER, BEFORE, ESSENTIAL), (ANOTHER, BEFORE, WISHED)], STEP_UP, STEP_UP),
    ],
)
def test_what_was_tried_in_vain_is_asked_for_no_more(
    steps: Sequence[tuple[str, datetime, str]], essential: Due, voluntary: Due, wished: bool
) -> None:
    session = _session(acr="1", reach="phr", attainable="phr")
    request = _request(acr=None, acr_wished=("mfa",)) if wished else _request(acr=("mfa",))
    tried = _interaction(*(sent_to_step_up(*step) for step in steps))
    assert _outcome(request, session, tried) == (voluntary if wished else essential)
    assert _outcome(request, replace(session, acr="mfa"), tried) == RESPOND


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize(
    ("lacks", "wanted", "step"),
    [
        (True, None, SECOND_FACTOR),
        (True, ("mfa",), SECOND_FACTOR),
        (True, ("phr",), SECOND_FACTOR),
        (True, ("1",), SECOND_FACTOR),
        (False, ("mfa",), STEP_UP),
        (False, ("phr",), UnmetAuthenticationRequirements),
        (False, None, RESPOND),
    ],
)
def test_what_is_required_of_the_person_is_due_whatever_the_request_asks(
    lacks: bool, wanted: tuple[str, ...] | None, step: Due, silent: bool
) -> None:
    session = _session(acr="1", reach="1", attainable="mfa", lacks_second_factor=lacks)
    if silent and step in (SECOND_FACTOR, STEP_UP):
        step = UnmetAuthenticationRequirements
    assert _outcome(_request(acr=wanted, prompt=frozenset({"none"} if silent else ())), session, None) == step


def test_who_proved_the_same_once_more_is_asked_no_more_for_what_is_required() -> None:
    session = _session(acr="1", reach="mfa", attainable="mfa", lacks_second_factor=True)
    for at, step in ((NOW_PROVED, SECOND_FACTOR), (BEFORE, UnmetAuthenticationRequirements)):
        tried = _interaction(sent_to_step_up(SID, at, REQUIRED))
        assert _outcome(_request(), session, tried) == step
