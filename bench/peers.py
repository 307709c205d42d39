"""Measures the product and its peers for docs/performance.md: `PYTHONPATH=. python bench/peers.py`.

All on one real PostgreSQL that waits for its disk, on this machine, with as many processes each; they are asked in
turn, so that what else the machine does meets all. CPU milliseconds a request hardly depend on it. oidc-provider is
there twice: with its clients in the database, as the product must have them, and static in its memory. The product is
there once more, with its store on DynamoDB.
"""

import argparse
import contextlib
import os
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from measured import machine
from peers_cases import cases
from peers_dynamodb import ours_on_dynamodb
from peers_others import django_oauth_toolkit, oidc_provider
from peers_sides import Side, ours
from peers_statements import Statements, logged, statements
from peers_tables import Round, Rounds, costs, rates
from peers_wrk import Case, run
from processor import spent

from idp.local.postgres import Postgres, postgres
from idp.local.processes import CannotStart
from tests.servers.nodes import Cluster, cluster

Measuring = tuple[Side, Mapping[str, Case]]
SIDES: Mapping[str, Callable[[Cluster, str, int, Path], AbstractContextManager[Side]]] = {
    "ours": lambda nodes, url, workers, folder: ours(nodes),
    "dynamodb": lambda nodes, url, workers, folder: ours_on_dynamodb(url, workers, folder),
    "oidc-provider": lambda nodes, url, workers, folder: oidc_provider(url, workers, folder, "database"),
    "static": lambda nodes, url, workers, folder: oidc_provider(url, workers, folder, "memory"),
    "dot": lambda nodes, url, workers, folder: django_oauth_toolkit(url, workers, folder),
}


def main() -> None:
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="bench-peers-") as name,
        postgres(durable=True) as server,
        cluster(1, server_url=server.url, folder=Path(name), WEB_CONCURRENCY=str(options.workers)) as nodes,
        contextlib.ExitStack() as stack,
    ):
        started = [SIDES[side](nodes, server.url, options.workers, Path(name)) for side in options.sides]
        sides = [(side, cases(side)) for side in map(stack.enter_context, started)]
        named = dict.fromkeys(case for _, known in sides for case in known)
        asked = list(filter(re.compile(options.only).search, named))
        if not asked:
            raise CannotStart(f"--only: no case matches {options.only}: they are {'; '.join(named)}")
        rounds = _measure(asked, sides, options)
        counted = _count(asked, sides, server)
        names = [side.name for side, _ in sides]
        print(machine("django", "psycopg", "gunicorn", "django-oauth-toolkit"), f"PostgreSQL {server.version},")
        print(f"{options.rounds} rounds of {options.seconds} s, {options.workers} processes each, ", end="")
        print(f"load {os.getloadavg()[0]:.1f}\n\n{rates(rounds, names)}\n\n{costs(rounds, counted, names)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="of every case at every side (%(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="that a case takes at a side (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes of each server (%(default)s)")
    parser.add_argument("--only", default="", metavar="REGEX", help="the cases whose names match")
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES), help="who is asked (all)")
    parser.add_argument("--alone", action="store_const", dest="sides", const=["ours"], help="only the product")
    return parser.parse_args()


def _measure(asked: Iterable[str], sides: Sequence[Measuring], options: argparse.Namespace) -> dict[str, Rounds]:
    """Every case in every round, the sides in turn, each first as often as last. A short one before warms up."""
    rounds: dict[str, dict[str, list[Round]]] = defaultdict(lambda: defaultdict(list))
    for number in range(-1, options.rounds):
        for case in asked:
            for side, known in sides if number % 2 == 0 else reversed(sides):
                if case not in known:
                    continue
                measured = _round(known[case], side, options.seconds if number >= 0 else 1)
                print(f"{number}: {case}, {side.name}: {measured.measured.rate:.0f}/s", file=sys.stderr, flush=True)
                if number >= 0:
                    rounds[case][side.name].append(measured)
    return {case: dict(by_side) for case, by_side in rounds.items()}


def _round(case: Case, side: Side, seconds: int) -> Round:
    written = case.written()
    before = spent(side)
    measured = run(written, side.url, seconds)
    server, database = spent(side).since(before)
    requests = max(1, measured.finished) / 1000
    return Round(measured, server / requests, database / requests)


def _count(asked: Iterable[str], sides: Sequence[Measuring], server: Postgres) -> dict[str, dict[str, Statements]]:
    with logged(server):
        return {
            case: {side.name: statements(known[case], side, server) for side, known in sides if case in known}
            for case in asked
        }


if __name__ == "__main__":
    try:
        main()
    except CannotStart as error:
        sys.exit(f"peers.py: {error}")
