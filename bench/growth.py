"""Measures the cost as work grows, for docs/performance.md: `PYTHONPATH=. python bench/growth.py [--json FILE]`.

The product alone, on a PostgreSQL that waits for its disk, on this machine, load generator included. One thing grows at
a time: the connections that ask, the rows in the tables that expire, the time of the network to the database, the
processes of the node, what stands before it. Prints a part of docs/performance.md for each, and draws its plot into
docs/plots/.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from growth_plot import plot
from growth_results import Experiment, Row, load, save, shown
from growth_variants import GROWTHS, Ground, Variant
from measured import machine
from peers_cases import cases
from peers_wrk import Case, run
from processor import spent

from idp.local.postgres import postgres
from idp.local.processes import CannotStart

PLOTS = Path(__file__).parents[1] / "docs" / "plots"
MEASURED = (
    "client_credentials, JWT ES256",
    "introspection, somebody's, opaque",
    "userinfo, opaque",
    "refresh, confidential, opaque, ID token RS256",
    "code flow, opaque, ID token RS256, userinfo",
)
"""Of bench/peers_cases.py."""


def main() -> None:
    options = _options()
    experiments = load(options.read) if options.read else _measured(options)
    for experiment in experiments:
        PLOTS.mkdir(exist_ok=True)
        (PLOTS / f"{experiment.name}.svg").write_text(plot(experiment))
        print(shown(experiment, f"{PLOTS.name}/{experiment.name}.svg"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=2, help="of every case under every variant (%(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="that a case takes under a variant (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes of a node (%(default)s)")
    parser.add_argument("--expired", type=int, default=10_000_000, help="rows that expired (%(default)s)")
    parser.add_argument("--live", type=int, default=1_000_000, help="rows that did not (%(default)s)")
    parser.add_argument("--only", type=_names, default=list(GROWTHS), metavar=",".join(GROWTHS), help="some of them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where all that was measured is kept")
    parser.add_argument(
        "--from", type=Path, nargs="+", metavar="FILE", dest="read", help="shows that, measures nothing"
    )
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(GROWTHS):
        raise argparse.ArgumentTypeError(f"no {', '.join(sorted(unknown))} among {', '.join(GROWTHS)}")
    return names


def _measured(options: argparse.Namespace) -> Sequence[Experiment]:
    experiments = []
    with tempfile.TemporaryDirectory(prefix="bench-growth-") as folder, postgres(durable=True) as server:
        for name in options.only:
            with ExitStack() as stack:
                experiments.append(_experiment(name, Ground(server, Path(folder), options, stack)))
            if options.json:
                save(experiments, options.json)
    return experiments


def _experiment(name: str, ground: Ground) -> Experiment:
    growth, options = GROWTHS[name], ground.options
    print(f"{name}: making ready", file=sys.stderr, flush=True)
    variants, said = growth.variants(ground)
    load = os.getloadavg()[0]
    rows = list(_rounds(variants, options))
    often = f"{options.rounds} rounds of {options.seconds} s"
    where = f"{machine('django', 'psycopg', 'gunicorn')}, PostgreSQL {ground.server.version}, load {load:.1f}, {often}"
    return Experiment(name=name, grows=growth.grows, machine=where, said=said, rows=rows)


def _rounds(variants: Sequence[Variant], options: argparse.Namespace) -> Iterator[Row]:
    """Every case under every variant in turn, so that what else the machine does meets all. Each is asked for a second
    before it is measured for the first time."""
    asked = {variant.name: cases(variant.side) for variant in variants}
    for number in range(options.rounds):
        for case in MEASURED:
            for variant in variants if number % 2 == 0 else reversed(variants):
                asking = _with_connections(asked[variant.name][case], variant.connections).written()
                if number == 0:
                    run(asking, variant.side.url, 1)
                row = _row(case, variant, asking, options.seconds)
                print(f"{case}, {variant.name}: {row.rate:.0f}/s", file=sys.stderr, flush=True)
                yield row


def _row(case: str, variant: Variant, asking: Case, seconds: int) -> Row:
    before = spent(variant.side)
    measured = run(asking, variant.side.url, seconds)
    thousands = max(1, measured.finished) / 1000
    server, database = spent(variant.side).since(before)
    return Row(
        case=case,
        variant=variant.name,
        rate=measured.rate,
        p50=measured.p50,
        p99=measured.p99,
        failures=measured.failures,
        server=server / thousands,
        database=database / thousands,
    )


def _with_connections(case: Case, connections: int | None) -> Case:
    """A case that goes on from what it was answered has a thread for each connection."""
    if connections is None:
        return case
    return replace(case, connections=connections, threads=connections if case.threads > 1 else 1)


if __name__ == "__main__":
    try:
        main()
    except CannotStart as error:
        sys.exit(f"growth.py: {error}")
