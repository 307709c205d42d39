"""`python -m tests.drills [--only 1,2] [--rounds N] [--seed S] [--store NAME] [--history PATH]`: exits 1 where a rule
was violated."""

import argparse
import os
import secrets
import sys
import tempfile
from pathlib import Path

from idp.local.processes import CannotStart
from tests.drills.drill import Drill, Result, run
from tests.drills.ground import ground
from tests.drills.stores import STORES
from tests.drills.table import on

ROUNDS = 5
SHOWN = 10
"""So many violations are printed; the history has them all."""
HEADER = "| # | fault | invariant | rounds | violations | worst recovery |"


def main(arguments: list[str]) -> int:
    """Returns the exit code: 2 where a server cannot be had."""
    parser = _parser()
    given = parser.parse_args(arguments)
    drills = on(given.store)
    if others := [number for number in given.only or () if number not in drills]:
        parser.error(f"there is no drill {others[0]} on {given.store}; there are {', '.join(map(str, drills))}")
    print(f"seed {given.seed}", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="idp-drills-") as folder, ground(Path(folder), given.store) as where:
            print(HEADER, "|---|---|---|---|---|---|", sep="\n", flush=True)
            results = []
            for number in given.only or drills:
                results.append(run(number, drills[number], where, given.rounds, given.seed, given.history))
                print(line(number, drills[number], results[-1]), flush=True)
    except CannotStart as error:
        print(f"tests.drills: {error}", file=sys.stderr)
        return 2
    return tell(results)


def line(number: int, drill: Drill, result: Result) -> str:
    """A row of the table."""
    worst = "-" if result.worst is None else f"{result.worst:.2f} s"
    return f"| {number} | {drill.fault} | {drill.invariant} | {result.rounds} | {len(result.violations)} | {worst} |"


def tell(results: list[Result]) -> int:
    """Prints what was violated; returns the exit code."""
    violations = [says for result in results for says in result.violations]
    for says in violations[:SHOWN]:
        print(says, file=sys.stderr)
    if len(violations) > SHOWN:
        print(f"and {len(violations) - SHOWN} more", file=sys.stderr)
    return 1 if violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("--only", type=_numbers, help="numbers of drills, like 1,2,19")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--store", choices=list(STORES), default="orm")
    parser.add_argument("--history", type=Path, help="where every event is appended, as JSON lines")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
