"""PKCE (RFC 7636)."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.messages import CHALLENGE, VERIFIER
from tokens.protocol import pkce
from tokens.protocol.errors import InvalidGrant, InvalidRequest

UNRESERVED = string.ascii_letters + string.digits + "-._~"


def test_the_challenge_is_that_of_appendix_b() -> None:
    assert pkce.challenge_of(VERIFIER) == CHALLENGE
    pkce.check_verifier(VERIFIER, CHALLENGE)


@given(st.text(UNRESERVED, min_size=43, max_size=128))
def test_every_verifier_of_the_rfc_matches_its_own_challenge_and_no_other(verifier: str) -> None:
    pkce.check_challenge(pkce.challenge_of(verifier), "S256", required=True)
    pkce.check_verifier(verifier, pkce.challenge_of(verifier))
    with pytest.raises(InvalidGrant, match="does not match"):
        pkce.check_verifier(verifier, pkce.challenge_of(verifier[::-1] + "~~"))


@pytest.mark.covers("S22")
@pytest.mark.parametrize("method", [None, "plain", "s256", "S256 ", "S512", ""])
def test_every_method_but_s256_is_refused_also_where_pkce_is_not_required(method: str | None) -> None:
    for required in (True, False):
        with pytest.raises(InvalidRequest, match="code_challenge_method must be S256"):
            pkce.check_challenge(CHALLENGE, method, required=required)


@pytest.mark.covers("S22")
@pytest.mark.parametrize(("method", "required"), [(None, True), ("S256", True), ("S256", False), ("plain", False)])
def test_a_missing_challenge_is_refused_where_required_or_where_a_method_was_sent(
    method: str | None, required: bool
) -> None:
    with pytest.raises(InvalidRequest, match="code_challenge is missing"):
        pkce.check_challenge(None, method, required=required)


def test_no_challenge_at_all_passes_where_pkce_is_not_required() -> None:
    pkce.check_challenge(None, None, required=False)
    pkce.check_verifier(None, None)


@pytest.mark.parametrize(
    "challenge",
    ["", CHALLENGE[:-1], CHALLENGE + "A", CHALLENGE[:-1] + "=", CHALLENGE[:-1] + "+", CHALLENGE[:-1] + "\u017f"],
)
def test_a_challenge_of_another_form_is_refused(challenge: str) -> None:
    with pytest.raises(InvalidRequest, match="43 characters of base64url"):
        pkce.check_challenge(challenge, "S256", required=True)


@pytest.mark.covers("S23", "CVE-2023-48228")
def test_a_challenge_without_a_verifier_is_refused() -> None:
    with pytest.raises(InvalidGrant, match="code_verifier is missing"):
        pkce.check_verifier(None, CHALLENGE)


@pytest.mark.covers("S23")
@pytest.mark.parametrize("verifier", [VERIFIER, "", "x"])
def test_a_verifier_without_a_challenge_is_a_downgrade_and_refused(verifier: str) -> None:
    with pytest.raises(InvalidGrant, match="had no code_challenge"):
        pkce.check_verifier(verifier, None)


@pytest.mark.covers("S24")
@pytest.mark.parametrize(
    "verifier",
    ["", VERIFIER[:-1], "a" * 129, VERIFIER[:-1] + " ", VERIFIER[:-1] + "\n", VERIFIER[:-1] + "é", VERIFIER + "\x00"],
)
def test_a_verifier_that_is_not_43_to_128_unreserved_characters_is_refused(verifier: str) -> None:
    with pytest.raises(InvalidGrant, match="43 to 128 unreserved"):
        pkce.check_verifier(verifier, CHALLENGE)


@pytest.mark.covers("S22")
def test_the_challenge_itself_is_not_its_verifier_as_it_would_be_with_plain() -> None:
    with pytest.raises(InvalidGrant, match="does not match"):
        pkce.check_verifier(CHALLENGE, CHALLENGE)
