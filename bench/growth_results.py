"""What bench/growth.py measured: kept as JSON, shown as Markdown."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from measured import table


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case under one variant in one round. `rate`: a second. `p50`, `p99`: milliseconds of one HTTP request.
    `failures`: wrong answers and none. `server`, `database`: CPU milliseconds of what `rate` counts."""

    case: str
    variant: str
    rate: float
    p50: float
    p99: float
    failures: int
    server: float
    database: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """`grows`: what the variants differ by. `machine`: where, with what, and how often it was measured. `said`: what
    else has to be known of it."""

    name: str
    grows: str
    machine: str
    said: str
    rows: Sequence[Row]

    @property
    def variants(self) -> Sequence[str]:
        """In the order in which they grow."""
        return list(dict.fromkeys(row.variant for row in self.rows))

    @property
    def medians(self) -> Mapping[str, Sequence[Row]]:
        """By case: one row a variant, with the medians of its rounds, and all its failures."""
        cases = dict.fromkeys(row.case for row in self.rows)
        return {case: [self._median(case, variant) for variant in self.variants] for case in cases}

    def _median(self, case: str, variant: str) -> Row:
        rounds = [row for row in self.rows if (row.case, row.variant) == (case, variant)]
        names = ("rate", "p50", "p99", "server", "database")
        medians = {name: statistics.median(getattr(row, name) for row in rounds) for name in names}
        return Row(case=case, variant=variant, failures=sum(row.failures for row in rounds), **medians)


def save(experiments: Iterable[Experiment], file: Path) -> None:
    file.write_text(json.dumps([asdict(each) for each in experiments], indent=1) + "\n")


def load(files: Iterable[Path]) -> Sequence[Experiment]:
    """Of experiments with one name the last."""
    documents = [document for file in files for document in json.loads(file.read_text())]
    read = [Experiment(**{**each, "rows": [Row(**row) for row in each["rows"]]}) for each in documents]
    return list({each.name: each for each in read}.values())


def shown(experiment: Experiment, picture: str) -> str:
    """Its part of docs/performance.md. `picture`: where the plot lies, from there."""
    header = ("case", experiment.grows, "a second", "p50 ms", "p99 ms", "p99 to the first", "failed", "CPU ms: server")
    figures = table(
        (*header, "its database"), (_cells(row, rows[0]) for rows in experiment.medians.values() for row in rows)
    )
    told = f"<!-- growth.py: {experiment.name} -->\n{experiment.machine}. {experiment.said}".rstrip()
    return f"{told}\n\n![Rate and p99 by {experiment.grows}]({picture})\n\n{figures}\n"


def _cells(row: Row, first: Row) -> Sequence[str]:
    return (
        row.case,
        row.variant,
        f"{row.rate:,.0f}",
        f"{row.p50:.2f}",
        f"{row.p99:.2f}",
        f"{row.p99 / first.p99:.2f}",
        str(row.failures),
        f"{row.server:.2f}",
        f"{row.database:.2f}",
    )
