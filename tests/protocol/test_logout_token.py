"""Logout tokens, and what clients' answers to them mean (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.8)."""

from datetime import timedelta

import pytest

from tests.support.builders import ISSUER, NOW
from tokens.protocol import logout_response, logout_token
from tokens.protocol.logout_response import Answer

IAT = int(NOW.timestamp())
DAY = timedelta(days=1)
NOBODY = Answer("no answer within 5 seconds")


@pytest.mark.covers("S74 events", "S74 sub", "S74 nonce", "S74 exp")
@pytest.mark.parametrize("sid", ["0.sid", None])
def test_a_logout_token_has_exactly_these_claims(sid: str | None) -> None:
    lifetime = logout_token.MAX_LIFETIME
    payload = logout_token.claims(
        issuer=ISSUER, client_id="0.client", subject="alice", sid=sid, jti="0.jti", lifetime=lifetime, now=NOW
    )
    assert payload == {
        "iss": ISSUER,
        "sub": "alice",
        "aud": "0.client",
        "iat": IAT,
        "exp": IAT + 120,
        "jti": "0.jti",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        **({"sid": sid} if sid is not None else {}),
    }


def answered(status: int, retry_after: str | None = None) -> Answer:
    return Answer(f"answered {status}", status, retry_after)


def test_only_200_and_204_are_a_delivery() -> None:
    assert [status for status in range(100, 600) if logout_response.is_delivered(answered(status))] == [200, 204]
    assert not logout_response.is_delivered(NOBODY)


def test_who_may_answer_differently_later_is_asked_for_a_day_and_who_refuses_three_times() -> None:
    passing = {None, 408, 425, 429, *range(500, 600)}
    for status in (None, *range(100, 600)):
        answer = NOBODY if status is None else answered(status)
        hopeless = {
            (attempts, age): logout_response.is_hopeless(answer, attempts, age * DAY)
            for attempts in (1, 2, 3, 4, 5, 40)
            for age in (0, 0.99, 1, 3)
        }
        if status in passing:
            assert hopeless == {(attempts, age): attempts >= 5 and age >= 1 for attempts, age in hopeless}
        else:
            assert hopeless == {(attempts, age): attempts >= 3 for attempts, age in hopeless}


def test_pauses_double_up_to_an_hour_and_are_spread_by_a_quarter() -> None:
    for answer in (NOBODY, answered(503), answered(400)):
        even = [logout_response.pause(answer, attempts, jitter=0.5, now=NOW) for attempts in range(1, 12)]
        assert even == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert logout_response.pause(NOBODY, 10_000, jitter=0.5, now=NOW) == 3600
    assert [logout_response.pause(NOBODY, 1, jitter=jitter, now=NOW) for jitter in (0.0, 1.0)] == [7.5, 12.5]


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        *((None, 10), ("", 10), ("soon", 10), ("5", 10), ("-5", 10), ("1e9", 10), ("120", 120), (" 120 ", 120)),
        *(("3601", 3600), ("9" * 5000, 3600), ("٣٠٠", 10), ("²", 10), ("120, 240", 10)),
        *(("Wed, 01 Jul 2026 12:02:00 GMT", 120), ("Wed, 01 Jul 2020 12:00:00 GMT", 10)),
        *(
            ("Wed, 01 Jul 9999 12:00:00 GMT", 3600),
            ("Wed, 01 Jul 2026 12:02:00", 10),
            ("Wed, 99 Jul 2026 12:00 GMT", 10),
        ),
    ],
)
def test_a_client_that_is_busy_says_when_within_bounds(retry_after: str | None, seconds: float) -> None:
    for status in (429, 503):
        assert logout_response.pause(answered(status, retry_after), 1, jitter=0.5, now=NOW) == seconds
    assert logout_response.pause(answered(400, retry_after), 1, jitter=0.5, now=NOW) == 10
