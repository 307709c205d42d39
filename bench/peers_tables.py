"""What was measured, as Markdown for docs/performance.md: a table of rates, one of what they cost."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from measured import table
from peers_statements import Statements
from peers_wrk import Measured

OURS, COMPARED = "ours", ("ours, DynamoDB", "oidc-provider")
"""The product, and to whose CPU its own is compared."""


@dataclass(frozen=True, slots=True)
class Round:
    """One case at one side. `server`, `database`: CPU milliseconds a request."""

    measured: Measured
    server: float
    database: float


Rounds = Mapping[str, Sequence[Round]]
"""By the side's name; who cannot answer the case is not there."""


def rates(rounds: Mapping[str, Rounds], sides: Sequence[str]) -> str:
    others = [side for side in sides if side != OURS and OURS in sides]
    header = ["case", *(f"{side}: a second, p50, p99 ms" for side in sides), *(f"to {other}" for other in others)]
    return table(header, [_rates(case, by_side, sides, others) for case, by_side in rounds.items()])


def _rates(case: str, by_side: Rounds, sides: Sequence[str], others: Sequence[str]) -> Sequence[str]:
    figures = [_figures([each.measured for each in by_side.get(side, ())]) for side in sides]
    return (case, *figures, *(_ratio(by_side, other, lambda each: each.measured.rate) for other in others))


def _figures(measured: Sequence[Measured]) -> str:
    if not measured:
        return ""
    rate, p50, p99 = (statistics.median(getattr(each, name) for each in measured) for name in ("rate", "p50", "p99"))
    failures = sum(each.failures for each in measured)
    return f"{rate:,.0f}, {p50:.1f}, {p99:.1f}" + (f", **{failures} failed**" if failures else "")


def costs(
    rounds: Mapping[str, Rounds], statements: Mapping[str, Mapping[str, Statements]], sides: Sequence[str]
) -> str:
    """`statements`: by case and side."""
    others = [side for side in COMPARED if side in sides and OURS in sides]
    header = ["case", *(f"{side}: CPU ms" for side in sides), *(f"to {other}" for other in others)]
    header += [f"{side}: statements" for side in sides]
    rows = []
    for case, by_side in rounds.items():
        spent = [_spent(by_side.get(side, ())) for side in sides]
        ratios = [_ratio(by_side, other, lambda each: each.server) for other in others]
        rows.append([case, *spent, *ratios, *(str(statements[case].get(side, "")) for side in sides)])
    return table(header, rows)


def _spent(rounds: Sequence[Round]) -> str:
    if not rounds:
        return ""
    server, database = (statistics.median(getattr(each, name) for each in rounds) for name in ("server", "database"))
    return f"{server:.2f} + {database:.2f}"


def _ratio(by_side: Rounds, other: str, figure: Callable[[Round], float]) -> str:
    """Ours to the other's: the median of the rounds' pairs, and the range."""
    if OURS not in by_side or other not in by_side:
        return ""
    ratios = [figure(own) / max(0.001, figure(its)) for own, its in zip(by_side[OURS], by_side[other], strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
