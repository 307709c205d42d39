"""Which request asks for more factors than a sign-in was by (OpenID Connect Core §5.5.1.1)."""

import pytest

from tests.protocol.test_interaction import RESPOND, RULES, Due, _outcome, _request, _session
from tokens.protocol.errors import UnmetAuthenticationRequirements
from tokens.protocol.prompts import STEP_UP


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
