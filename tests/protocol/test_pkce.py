"""PKCE (RFC 7636)."""

import string
from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOW, client_record
from tests.support.constant_time import Opaque
from tests.support.messages import CHALLENGE, VERIFIER
from tokens.protocol import pkce
from tokens.protocol.errors import InvalidGrant, InvalidRequest
from tokens.protocol.records import Pkce, Protection, ProtectionsSeen

LEVELS: tuple[Pkce, ...] = get_args(Pkce)
UNRESERVED = string.ascii_letters + string.digits + "-._~"


def test_the_challenge_is_that_of_appendix_b() -> None:
    assert pkce.challenge_of(VERIFIER) == CHALLENGE
    pkce.check_verifier(VERIFIER, CHALLENGE)


@given(st.text(UNRESERVED, min_size=43, max_size=128))
def test_every_verifier_of_the_rfc_matches_its_own_challenge_and_no_other(verifier: str) -> None:
    pkce.check_challenge(pkce.challenge_of(verifier), "S256")
    pkce.check_verifier(verifier, pkce.challenge_of(verifier))
    with pytest.raises(InvalidGrant, match="does not match"):
        pkce.check_verifier(verifier, pkce.challenge_of(verifier[::-1] + "~~"))


@pytest.mark.covers("S22 plain", "S22 absent")
@pytest.mark.parametrize("method", [None, "plain", "s256", "S256 ", "S512", ""])
def test_every_method_but_s256_is_refused_also_where_pkce_is_not_required(method: str | None) -> None:
    with pytest.raises(InvalidRequest, match="it must be S256"):
        pkce.check_challenge(CHALLENGE, method)


@pytest.mark.parametrize("method", ["S256", "plain", ""])
def test_a_missing_challenge_is_refused_where_a_method_was_sent(method: str) -> None:
    with pytest.raises(InvalidRequest, match="code_challenge is missing"):
        pkce.check_challenge(None, method)


def test_no_challenge_at_all_is_in_form() -> None:
    pkce.check_challenge(None, None)
    pkce.check_verifier(None, None)


@pytest.mark.covers("S22 public", "S22 confidential")
@pytest.mark.parametrize("floor", LEVELS)
@pytest.mark.parametrize("own", LEVELS)
def test_what_is_demanded_is_the_stricter_of_the_two_and_of_a_public_client_everything(own: Pkce, floor: Pkce) -> None:
    stricter = LEVELS[max(LEVELS.index(own), LEVELS.index(floor))]
    assert pkce.demanded(client_record(pkce=own), floor) == stricter
    assert pkce.demanded(client_record(pkce=own, token_endpoint_auth_method="none"), floor) == "required"


SENT: dict[Protection, tuple[str | None, str | None, bool]] = {
    "pkce": (CHALLENGE, None, False),
    "nonce": (None, "n", True),
    "neither": (None, None, True),
}


@pytest.mark.parametrize("sent", SENT)
def test_what_was_sent_has_a_name(sent: Protection) -> None:
    challenge, nonce, openid = SENT[sent]
    assert pkce.protection(challenge, nonce, openid=openid) == sent
    assert pkce.protection(CHALLENGE, "n", openid=openid) == "pkce"
    assert pkce.protection(None, "n", openid=False) == "neither"


DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


@pytest.mark.parametrize("sent", SENT)
def test_what_a_client_sends_is_due_to_be_noted_once_a_day(sent: Protection) -> None:
    assert pkce.is_due(ProtectionsSeen(), sent, NOW)
    assert pkce.is_due(ProtectionsSeen(**{sent: NOW - DAY}), sent, NOW)
    assert not pkce.is_due(ProtectionsSeen(**{sent: NOW - DAY + INSTANT}), sent, NOW)
    assert all(pkce.is_due(ProtectionsSeen(**{sent: NOW}), other, NOW) for other in SENT if other != sent)


LONG_AGO, OF_LATE = NOW - 31 * DAY, NOW - 31 * DAY + INSTANT


@pytest.mark.parametrize(
    ("seen", "least", "earned"),
    [
        ({}, None, None),
        ({"pkce": LONG_AGO, "nonce": LONG_AGO, "neither": LONG_AGO}, None, None),
        ({"pkce": OF_LATE, "nonce": LONG_AGO, "neither": LONG_AGO}, "pkce", "required"),
        ({"pkce": NOW, "nonce": OF_LATE}, "nonce", "pkce_or_nonce"),
        ({"nonce": NOW, "neither": LONG_AGO}, "nonce", "pkce_or_nonce"),
        ({"pkce": NOW, "nonce": NOW, "neither": OF_LATE}, "neither", None),
    ],
)
def test_the_weakest_of_the_last_30_days_decides_what_may_be_required(
    seen: dict[str, datetime], least: Protection | None, earned: Pkce | None
) -> None:
    client = client_record(protections_seen=ProtectionsSeen(**seen))
    assert pkce.least_sent(client.protections_seen, NOW) == least
    assert pkce.earned(client, "optional", NOW) == earned
    # What is required already is not offered again.
    assert pkce.earned(client, "required", NOW) is None
    assert pkce.earned(replace(client, pkce=earned or "optional"), "optional", NOW) is None


@pytest.mark.parametrize(
    "challenge",
    ["", CHALLENGE[:-1], CHALLENGE + "A", CHALLENGE[:-1] + "=", CHALLENGE[:-1] + "+", CHALLENGE[:-1] + "\u017f"],
)
def test_a_challenge_of_another_form_is_refused(challenge: str) -> None:
    with pytest.raises(InvalidRequest, match="43 characters of base64url"):
        pkce.check_challenge(challenge, "S256")


@pytest.mark.covers("S23 verifier", "CVE-2023-48228 absent")
def test_a_challenge_without_a_verifier_is_refused() -> None:
    with pytest.raises(InvalidGrant, match="code_verifier is missing"):
        pkce.check_verifier(None, CHALLENGE)


@pytest.mark.covers("S23 none")
@pytest.mark.parametrize("verifier", [VERIFIER, "", "x"])
def test_a_verifier_without_a_challenge_is_a_downgrade_and_refused(verifier: str) -> None:
    with pytest.raises(InvalidGrant, match="had no code_challenge"):
        pkce.check_verifier(verifier, None)


@pytest.mark.covers("S24 form")
@pytest.mark.parametrize(
    "verifier",
    ["", VERIFIER[:-1], "a" * 129, VERIFIER[:-1] + " ", VERIFIER[:-1] + "\n", VERIFIER[:-1] + "é", VERIFIER + "\x00"],
)
def test_a_verifier_that_is_not_43_to_128_unreserved_characters_is_refused(verifier: str) -> None:
    with pytest.raises(InvalidGrant, match="43 to 128 unreserved"):
        pkce.check_verifier(verifier, CHALLENGE)


@pytest.mark.covers("S22 plain", "attacker request")
def test_the_challenge_itself_is_not_its_verifier_as_it_would_be_with_plain() -> None:
    with pytest.raises(InvalidGrant, match="does not match"):
        pkce.check_verifier(CHALLENGE, CHALLENGE)


@pytest.mark.covers("S24 constant")
def test_a_challenge_is_compared_by_what_takes_as_long_wherever_it_differs() -> None:
    pkce.check_verifier(VERIFIER, Opaque(CHALLENGE))
    for wrong in ("A" + CHALLENGE[1:], CHALLENGE[:-1] + "A", "A" * 43):
        with pytest.raises(InvalidGrant, match="does not match"):
            pkce.check_verifier(VERIFIER, Opaque(wrong))
