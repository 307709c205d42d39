"""Measures the product and npm's oidc-provider, for docs/performance.md: `python bench/peers.py [--rounds 5]`.

Both on one real PostgreSQL that waits for its disk, on this machine, with as many processes each; they are asked in
turn, so that what else the machine does meets both. CPU milliseconds a request hardly depend on it. CLIENTS=db lets the
peer read its clients from the database, as the product must; otherwise they are static in its memory.
"""

import argparse
import contextlib
import os
import re
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measured import machine, table
from peers_cases import cases
from peers_sides import Side, oidc_provider, ours
from peers_wrk import Measured, run
from processor import spent

from idp.local.postgres import postgres
from idp.local.processes import CannotStart
from tests.servers.nodes import cluster

HEADER = (
    *("case", "ours/s", "p50 ms", "p99 ms", "failed", "peer/s", "p50 ms", "p99 ms", "failed"),
    *("ratio (min to max)", "CPU ms a request: ours + its database", "peer + its database"),
)


@dataclass(frozen=True, slots=True)
class Round:
    """One case at one side. `server`, `database`: CPU milliseconds a request."""

    measured: Measured
    server: float
    database: float


Rounds = Mapping[str, Sequence[Round]]
"""By the side's name."""


def main() -> None:
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="bench-peers-") as name,
        postgres(durable=True) as server,
        cluster(1, server_url=server.url, folder=Path(name), WEB_CONCURRENCY=str(options.workers)) as nodes,
        contextlib.ExitStack() as stack,
    ):
        sides = [stack.enter_context(ours(nodes))]
        if not options.alone:
            sides.append(stack.enter_context(oidc_provider(server.url, options.workers, Path(name) / "peer.log")))
        rounds = _measure(sides, options)
        print(machine("django", "psycopg", "gunicorn"), f"PostgreSQL {server.version}, load {os.getloadavg()[0]:.1f},")
        print(f"{options.rounds} rounds of {options.seconds} s, {options.workers} processes each\n")
        print(table(HEADER, [_row(case, by_side, sides) for case, by_side in rounds.items()]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="of every case at every side")
    parser.add_argument("--seconds", type=int, default=6, help="that a case takes at a side")
    parser.add_argument("--workers", type=int, default=2, help="processes of each server")
    parser.add_argument("--only", default="", metavar="REGEX", help="the cases whose names match")
    parser.add_argument("--alone", action="store_true", help="the product without the peer")
    return parser.parse_args()


def _measure(sides: Sequence[Side], options: argparse.Namespace) -> dict[str, Rounds]:
    """Every case in every round, the sides in turn, each first as often as the other."""
    by_side = {side.name: cases(side) for side in sides}
    rounds: dict[str, dict[str, list[Round]]] = defaultdict(lambda: defaultdict(list))
    for number in range(options.rounds):
        for case in filter(re.compile(options.only).search, by_side["ours"]):
            for side in sides if number % 2 == 0 else reversed(sides):
                server, database = spent(side)
                measured = run(by_side[side.name][case], side.url, options.seconds)
                requests = max(1.0, measured.rate * options.seconds) / 1000
                after = spent(side)
                own = ((after[0] - server) / requests, (after[1] - database) / requests)
                rounds[case][side.name].append(Round(measured, *own))
                print(f"{case}, {side.name}: {measured.rate:.0f}/s", file=sys.stderr, flush=True)
    return {case: dict(measured) for case, measured in rounds.items()}


def _row(case: str, rounds: Rounds, sides: Sequence[Side]) -> Sequence[str]:
    figures = [cell for side in sides for cell in _figures([each.measured for each in rounds[side.name]])]
    processor = [_spent(rounds[side.name]) for side in sides]
    if len(sides) == 1:
        return (case, *figures, *[""] * 5, *processor, "")
    pairs = zip(*(rounds[side.name] for side in sides), strict=True)
    ratios = [own.measured.rate / max(0.01, peer.measured.rate) for own, peer in pairs]
    ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return (case, *figures, ratio, *processor)


def _figures(measured: Sequence[Measured]) -> Sequence[str]:
    median = statistics.median
    return (
        f"{median(each.rate for each in measured):.0f}",
        f"{median(each.p50 for each in measured):.2f}",
        f"{median(each.p99 for each in measured):.2f}",
        str(sum(each.failures for each in measured)),
    )


def _spent(rounds: Sequence[Round]) -> str:
    server, database = (statistics.median(getattr(each, name) for each in rounds) for name in ("server", "database"))
    return f"{server:.2f} + {database:.2f}"


if __name__ == "__main__":
    try:
        main()
    except CannotStart as error:
        sys.exit(f"peers.py: {error}")
