"""A drill: what is done, what must hold, and a number of rounds of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.drills import history
from tests.drills.checker import check
from tests.drills.ground import Ground
from tests.drills.history import History
from tests.drills.relying_party import RelyingParty


@dataclass(slots=True)
class Turn:
    """One round. The drill says what it expected, and how long it took to recover where there is something to."""

    ground: Ground
    number: int
    random: random.Random
    history: History = field(default_factory=History)
    grace: float = 0.0
    """For the checker: seconds in which a second use of a refresh token is no reason to end its family."""
    violations: list[str] = field(default_factory=list)
    recovery: float | None = None
    slack: float = 1.0
    """How many times its bound a request may take: 1 where the drills measure, on a machine that does nothing else."""

    def expect(self, holds: bool, says: str) -> None:
        if not holds:
            self.violations.append(says)

    def expect_within(self, seconds: float, bound: float, what: str) -> None:
        self.expect(seconds <= bound * self.slack, f"{what} took {seconds:.2f} s")

    @property
    def public(self) -> RelyingParty:
        return RelyingParty(self.ground.public["client_id"], "", self.history)

    @property
    def confidential(self) -> RelyingParty:
        return self._with_secret(self.ground.confidential)

    @property
    def rotating(self) -> RelyingParty:
        return self._with_secret(self.ground.rotating)

    def _with_secret(self, client: dict[str, str]) -> RelyingParty:
        return RelyingParty(client["client_id"], client["client_secret"], self.history)


@dataclass(frozen=True, slots=True)
class Drill:
    fault: str
    invariant: str
    play: Callable[[Turn], None]
    stores: tuple[str, ...] = ("orm",)
    """Those that it can be played on: the others lack what it breaks, or where it looks."""


@dataclass(slots=True)
class Result:
    rounds: int = 0
    violations: list[str] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)

    @property
    def worst(self) -> float | None:
        return max(self.recoveries, default=None)


def run(
    number: int,
    drill: Drill,
    ground: Ground,
    rounds: int,
    seed: int,
    written: Path | None = None,
    *,
    slack: float = 1.0,
) -> Result:
    """Plays the rounds. The same seed makes the same choices; what runs at once is never the same."""
    result = Result()
    for each in range(rounds):
        choices = random.Random(f"{seed}.{number}.{each}")  # noqa: S311 a seed makes them again, which is the point
        turn = Turn(ground, each, choices, slack=slack)
        drill.play(turn)
        ground.settle()
        found = [*turn.violations, *map(str, check(turn.history.events, grace=turn.grace))]
        result.rounds += 1
        result.violations += [f"round {each}: {says}" for says in found]
        if turn.recovery is not None:
            result.recoveries.append(turn.recovery)
        if written is not None:
            history.write(written, turn.history.events, drill=number, round=each)
    ground.rest()
    return result
