"""Measures two checkouts of the product side by side: `PYTHONPATH=. python bench/checkouts.py FOLDER`.

Each has a node, on a PostgreSQL of its own that waits for its disk, and a process within it that asks the node what
`bench/peers.py` asks. They are asked in turn. CPU milliseconds a request are compared within each round, so that what
else the machine does meets both.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from measured import machine, table

HERE = Path(__file__).parents[1]
Ask = Mapping[str, Any]


class Checkout:
    """`process`: this file, run within it, which answers a line with a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.ready = self._read()

    def ask(self, case: str, seconds: int) -> Ask:
        """CPU milliseconds a request of the `server` and of its connections in the `database`."""
        assert self._process.stdin is not None
        print(json.dumps([case, seconds]), file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> Ask:
        assert self._process.stdout is not None
        told: Ask = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def checkout(folder: Path) -> Iterator[Checkout]:
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, __file__, "--within", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environ, stdin=pipe, stdout=pipe, text=True) as process:
        yield Checkout(process)
        assert process.stdin is not None
        process.stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="another checkout of the product, to which this one is compared")
    parser.add_argument("--rounds", type=int, default=6, help="of every case at either (%(default)s)")
    parser.add_argument("--seconds", type=int, default=2, help="that a case takes (%(default)s)")
    parser.add_argument("--only", default="", metavar="REGEX", help="the cases whose names match")
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.within:
        within()
        return
    with ExitStack() as stack:
        here, there = (stack.enter_context(checkout(folder.resolve())) for folder in (HERE, options.folder))
        cases = [name for name in here.ready["cases"] if re.search(options.only, name)]
        rounds = _measured((here, there), cases, options)
        print(machine("django", "psycopg", "gunicorn") + f", load {os.getloadavg()[0]:.1f}")
        print(f"memory, MB: here {here.ready['memory']:.0f}, there {there.ready['memory']:.0f}\n")
        print(table(["case", "here: CPU ms", "there: CPU ms", "ratio"], [_row(case, rounds[case]) for case in cases]))


def _measured(
    checkouts: Sequence[Checkout], cases: Sequence[str], options: argparse.Namespace
) -> Mapping[str, Sequence[Sequence[Ask]]]:
    """By case the rounds' pairs, each first as often as last. A short one before warms up."""
    pairs: dict[str, list[Sequence[Ask]]] = defaultdict(list)
    for number in range(-1, options.rounds):
        for case in cases:
            seconds = options.seconds if number >= 0 else 1
            turns = list(checkouts) if number % 2 == 0 else list(reversed(checkouts))
            asked = {each: each.ask(case, seconds) for each in turns}
            print(f"{number}: {case}", file=sys.stderr, flush=True)
            if number >= 0:
                pairs[case].append([asked[each] for each in checkouts])
    return pairs


def _row(case: str, pairs: Sequence[Sequence[Ask]]) -> Sequence[str]:
    """The ratio is that of server and database together."""
    own, its = zip(*pairs, strict=True)
    ratios = [_all(mine) / max(0.001, _all(other)) for mine, other in pairs]
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return case, _shown(own), _shown(its), spread


def _shown(rounds: Sequence[Ask]) -> str:
    server, database = (statistics.median(each[name] for each in rounds) for name in ("server", "database"))
    return f"{server:.2f} + {database:.2f}"


def _all(asked: Ask) -> float:
    return float(asked["server"] + asked["database"])


def within() -> None:
    """In the process of a checkout: its node, and a line for each line that says what to ask of it."""
    from peers_cases import cases
    from peers_sides import ours
    from peers_wrk import run
    from processor import spent

    from idp.local.postgres import postgres
    from tests.servers.nodes import cluster
    from tests.support.memory import megabytes

    with (
        tempfile.TemporaryDirectory(prefix="bench-checkout-") as name,
        postgres(durable=True) as server,
        cluster(1, server_url=server.url, folder=Path(name), WEB_CONCURRENCY="2") as nodes,
    ):
        process = nodes.nodes[0].process
        assert process is not None
        memory = megabytes(process.pid)
        with ours(nodes) as side:
            known = cases(side)
            print(json.dumps({"cases": list(known), "memory": memory}), flush=True)
            for line in sys.stdin:
                case, seconds = json.loads(line)
                written = known[case].written()
                before = spent(side)
                thousands = max(1, run(written, side.url, seconds).finished) / 1000
                of_server, of_database = spent(side).since(before)
                print(json.dumps({"server": of_server / thousands, "database": of_database / thousands}), flush=True)


if __name__ == "__main__":
    main()
