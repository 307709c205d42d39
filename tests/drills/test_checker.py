"""Each rule of the checker bites: a history that breaks it is told, one that does not is not."""

from typing import Any

from tests.drills.checker import check
from tests.drills.history import Event, Issued, Op, Outcome

OK, REFUSED, UNAVAILABLE, UNKNOWN = Outcome.OK, Outcome.REFUSED, Outcome.UNAVAILABLE, Outcome.UNKNOWN


def consumed(key: str, start: float, outcome: Outcome = OK, successor: str = "", **more: Any) -> Event:
    return event(Op.CONSUME, key, start, outcome, successor=successor, **more)


def used(key: str, start: float, outcome: Outcome = OK) -> Event:
    return event(Op.USE, key, start, outcome)


def revoked(start: float, outcome: Outcome = OK, end: float | None = None) -> Event:
    return event(Op.REVOKE, "code", start, outcome, end=end)


def event(op: Op, key: str, start: float, outcome: Outcome, end: float | None = None, **more: Any) -> Event:
    return Event(op, key, "code", start, start + 1 if end is None else end, outcome, **more)


def issued(*keys: str, until: float = 1000.0) -> Event:
    """The exchange of the code that began the family, at 0."""
    return consumed("code", 0, successor=keys[0], issued=tuple(Issued(key, until) for key in keys))


def rules(*events: Event, grace: float = 0.0) -> list[str]:
    return [violation.rule for violation in check(events, grace=grace)]


def test_an_ordinary_life_violates_nothing() -> None:
    life = [
        issued("r1", "a1"),
        used("a1", 2),
        consumed("r1", 4, successor="r2", issued=(Issued("r2"), Issued("a2"))),
        used("a2", 6),
        revoked(8),
        used("a2", 10, REFUSED),
        consumed("r2", 12, REFUSED),
    ]
    assert rules(*life) == []
    assert rules(*reversed(life)) == [], "the order in which events are written down says nothing"


def test_r1_two_who_are_told_yes_for_one_key_get_the_same_successor() -> None:
    assert rules(consumed("code", 0, successor="r1"), consumed("code", 0, successor="r2")) == ["R1"]
    assert rules(consumed("r1", 0, successor="r2"), consumed("r1", 5, successor="r2")) == []
    assert rules(consumed("code", 0, successor="r1"), consumed("code", 0, REFUSED)) == []


def test_r2_nothing_works_that_began_after_a_revocation_was_confirmed() -> None:
    assert rules(issued("r1", "a1"), revoked(2), used("a1", 3.1)) == ["R2"]
    assert rules(issued("r1", "a1"), revoked(2), consumed("r1", 3.1, successor="r2")) == ["R2"]
    assert rules(issued("r1", "a1"), revoked(2), used("a1", 2.9)) == [], "it began before"
    other = Event(Op.USE, "b1", "other code", 9, 10, OK)
    assert rules(issued("r1", "a1"), revoked(2), other) == [], "another family"


def test_r2_the_first_confirmation_counts() -> None:
    assert rules(issued("r1", "a1"), revoked(9), revoked(2), used("a1", 5)) == ["R2"]


def test_r3_what_was_issued_is_not_refused() -> None:
    assert rules(issued("r1", "a1"), used("a1", 2, REFUSED)) == ["R3"]
    assert rules(issued("r1", "a1"), consumed("r1", 2, REFUSED)) == ["R3"]


def test_r3_a_token_may_be_refused_once_it_expired_or_before_it_was_known() -> None:
    assert rules(issued("r1", "a1", until=2.5), used("a1", 2, REFUSED)) == []
    assert rules(issued("r1", "a1"), used("a1", 0.5, REFUSED)) == []


def test_r3_a_token_may_be_refused_from_when_its_revocation_or_its_use_began() -> None:
    assert rules(issued("r1", "a1"), revoked(2, end=9), used("a1", 3, REFUSED)) == []
    assert rules(issued("r1", "a1"), consumed("r1", 2, successor="r2"), consumed("r1", 5, REFUSED)) == []
    assert rules(issued("r1", "a1"), used("a1", 2, REFUSED), revoked(9)) == ["R3"]


def test_r3_a_family_may_end_by_a_replay_but_not_by_a_retry_in_time() -> None:
    replay = [issued("r1", "a1"), consumed("r1", 2, successor="r2"), consumed("r1", 6, REFUSED), used("a1", 9, REFUSED)]
    assert rules(*replay, grace=0) == []
    assert rules(*replay, grace=10) == ["R3"]
    again = [issued("r1", "a1"), consumed("code", 2, REFUSED), used("a1", 4, REFUSED)]
    assert rules(*again, grace=10) == [], "a code has no retry"


def test_a_session_is_lost_or_outlives_its_end_by_the_same_rules() -> None:
    login = event(Op.LOGIN, "s1", 0, OK, issued=(Issued("s1"),))
    assert rules(login, used("s1", 2), revoked(4), used("s1", 6, REFUSED)) == []
    assert rules(login, used("s1", 2, REFUSED), revoked(4)) == ["R3"]
    assert rules(login, revoked(4), used("s1", 6)) == ["R2"]
    assert rules(event(Op.LOGIN, "s1", 0, Outcome.BROKEN, status=500)) == ["R5"]


def test_r4_what_had_no_answer_excuses_a_refusal_and_proves_nothing() -> None:
    for outcome in (UNKNOWN, UNAVAILABLE):
        assert rules(issued("r1", "a1"), revoked(2, outcome), used("a1", 5, REFUSED)) == []
        assert rules(issued("r1", "a1"), revoked(2, outcome), used("a1", 5)) == []
        assert rules(issued("r1", "a1"), consumed("r1", 2, outcome), consumed("r1", 5, REFUSED)) == []
        assert rules(consumed("code", 0, outcome), consumed("code", 2, successor="r1")) == []


def test_a_refused_revocation_ends_nothing() -> None:
    assert rules(issued("r1", "a1"), revoked(2, REFUSED), used("a1", 5)) == []
    assert rules(issued("r1", "a1"), revoked(2, REFUSED), used("a1", 5, REFUSED)) == ["R3"]


def test_r5_any_5xx_but_a_proper_503_is_told() -> None:
    assert rules(event(Op.ASK, "/healthz", 0, Outcome.BROKEN, status=500)) == ["R5"]
    assert rules(event(Op.ASK, "/healthz", 0, UNAVAILABLE, status=503)) == []


def test_r6_nothing_works_that_began_after_its_time_was_over() -> None:
    begun = consumed("code", 0, successor="a1", issued=(Issued("a1", until=5, over=8),))
    assert rules(begun, used("a1", 8.1)) == ["R6"]
    assert rules(begun, consumed("a1", 8.1, successor="r2")) == ["R6"]
    assert rules(begun, used("a1", 7.9)) == [], "it began before"
    assert rules(begun, used("a1", 8.1, REFUSED), used("a1", 8.1, UNAVAILABLE), used("a1", 8.1, UNKNOWN)) == []
