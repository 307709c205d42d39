"""Judges a history by six rules. A linear scan: intervals of one clock need no solver.

R1  A key is consumed once: all who are told yes are told the same successor.
R2  Nothing of a family works for a request that began after its revocation was confirmed.
R3  What was issued works until it expires, is spent or revoked: also after a crash.
R4  Of a request without an answer nobody knows whether it was done: it excuses a refusal, it proves nothing.
R5  No 5xx but a 503 that says when to come back.
R6  Nothing works for a request that began after its time was over.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from tests.drills.history import Event, Op, Outcome

MAY_HAVE_HAPPENED = (Outcome.OK, Outcome.UNAVAILABLE, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    key: str
    says: str

    def __str__(self) -> str:
        return f"{self.rule} {self.key}: {self.says}"


@dataclass(frozen=True, slots=True)
class Token:
    """When a token was known to its client, until when it is good, and when it is over."""

    known: float
    until: float
    over: float


def check(events: Iterable[Event], *, grace: float) -> list[Violation]:
    """Every violation; none for a history that a correct server may have given.

    `grace`: seconds in which a second consumption is a retry and no replay. A code has none.
    """
    ordered = sorted(events, key=lambda event: event.start)
    return [
        *_consumed_twice(ordered),
        *_alive_after_revocation(ordered),
        *_lost(ordered, grace),
        *_broken(ordered),
        *_outlived(ordered),
    ]


def _consumed_twice(events: list[Event]) -> list[Violation]:
    successors: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.op is Op.CONSUME and event.outcome is Outcome.OK:
            successors[event.key].add(event.successor)
    return [
        Violation("R1", key, f"consumed for {len(found)} different successors")
        for key, found in successors.items()
        if len(found) > 1
    ]


def _alive_after_revocation(events: list[Event]) -> list[Violation]:
    revoked = _first(events, Op.REVOKE, (Outcome.OK,), at_end=True)
    return [
        Violation(
            "R2", event.key, f"{event.op} at {event.place} worked {event.start - revoked[event.family]:.3f} s late"
        )
        for event in events
        if event.op in (Op.USE, Op.CONSUME) and event.outcome is Outcome.OK
        if event.start > revoked.get(event.family, inf)
    ]


def _lost(events: list[Event], grace: float) -> list[Violation]:
    tokens = _tokens(events)
    revoked = _first(events, Op.REVOKE, MAY_HAVE_HAPPENED)
    spent = _first(events, Op.CONSUME, MAY_HAVE_HAPPENED)
    replayed = _replayed(events, grace)
    return [
        Violation("R3", event.key, f"{event.op} at {event.place} was refused, and nothing had ended it")
        for event in events
        if event.op in (Op.USE, Op.CONSUME) and event.outcome is Outcome.REFUSED and event.key in tokens
        if tokens[event.key].known <= event.start and event.end < tokens[event.key].until
        if event.end < min(revoked.get(event.family, inf), replayed.get(event.family, inf), spent.get(event.key, inf))
    ]


def _broken(events: list[Event]) -> list[Violation]:
    return [
        Violation("R5", event.key, f"{event.op} at {event.place} was answered {event.status}")
        for event in events
        if event.outcome is Outcome.BROKEN
    ]


def _outlived(events: list[Event]) -> list[Violation]:
    tokens = _tokens(events)
    return [
        Violation("R6", event.key, f"{event.op} at {event.place} worked {late:.3f} s after its time")
        for event in events
        if event.op in (Op.USE, Op.CONSUME) and event.outcome is Outcome.OK and event.key in tokens
        if (late := event.start - tokens[event.key].over) > 0
    ]


def _tokens(events: list[Event]) -> Mapping[str, Token]:
    """Everything issued; what was told again is known since the first time."""
    found: dict[str, Token] = {}
    for event in events:
        for issued in event.issued:
            known = found.get(issued.key, Token(event.end, issued.until, issued.over))
            found[issued.key] = Token(min(known.known, event.end), known.until, known.over)
    return found


def _first(events: list[Event], op: Op, outcomes: tuple[Outcome, ...], *, at_end: bool = False) -> dict[str, float]:
    """When this was first begun, or done (`at_end`), of each family; a consumption of each key."""
    found: dict[str, float] = {}
    for event in events:
        if event.op is op and event.outcome in outcomes:
            key = event.key if op is Op.CONSUME else event.family
            found[key] = min(found.get(key, inf), event.end if at_end else event.start)
    return found


def _replayed(events: list[Event], grace: float) -> dict[str, float]:
    """When a key of each family was first consumed again, and not as a retry: the server may end the family for it."""
    begun: dict[str, float] = {}
    found: dict[str, float] = {}
    for event in events:
        if event.op is Op.CONSUME:
            is_code = event.key == event.family
            if event.key in begun and (is_code or event.end - begun[event.key] >= grace):
                found.setdefault(event.family, event.start)
            begun.setdefault(event.key, event.start)
    return found
