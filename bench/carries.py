"""Measures what a core carries, for docs/running.md: `PYTHONPATH=. python bench/carries.py`.

One node with its PostgreSQL, which waits for its disk, on this machine. A few connections ask; what comes before a
request is done before it is measured. CPU milliseconds a request hardly depend on what else the machine does, nor on
who asks: a core carries so many a second as go into one second of them. Prints what each request costs, what the
processes take, and what that makes for a deployment.
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import carries_example
import psycopg
from carries_example import Deployment, Taken
from carries_requests import Asked, Browser, Case, pages, programs, world
from measured import machine, table
from processor import spent

from idp.local.postgres import postgres
from idp.local.processes import CannotStart
from tests.servers.nodes import Cluster, cluster
from tests.support import memory
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Person

HEADER = ("request", "CPU ms: node", "its database", "a second and core: nodes", "database", "a second, as asked here")
WARM = 8
"""Requests that nobody measures: threads and connections begin, statements are compiled."""
LEAST = 0.005
"""CPU milliseconds; less was not noticed, and of that nobody says how many a core carries."""
NO_HASH = Path(__file__).with_name("no_hash")
HASHED, BARE = "sign-in", "sign-in, without the hash"
TOLD = ("code exchange", "userinfo")
SUMS: Mapping[str, Sequence[str]] = {
    "a sign-in at an application": (
        *("authorize, nobody is signed in", "sign-in page", HASHED, "back from the pages, with the code"),
        *TOLD,
    ),
    "a flow of who is signed in": ("authorize, signed in", *TOLD),
}
"""What people do, as the requests that it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU milliseconds a request, of the node and of its database; requests a second as they were asked."""

    node: float
    database: float
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    processes: int
    database: str


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-carries-") as name, postgres(durable=True) as server:
        costs, taken, told = _whole(server.url, Path(name) / "whole", options)
        costs = {**costs, BARE: _without_hash(server.url, Path(name) / "bare", options)}
        print(machine("django", "psycopg", "gunicorn"), f"PostgreSQL {server.version}, load {os.getloadavg()[0]:.1f},")
        print(f"medians of {options.rounds} rounds of {options.requests} requests, {options.workers} worker(s)\n")
        costs = {**costs, **_sums(costs)}
        print(table(HEADER, [_row(request, cost) for request, cost in costs.items()]) + "\n")
        print(table(("what a node takes", ""), told) + "\n")
        deployment = Deployment(users=options.users)
        both = {name: (cost.node, cost.database) for name, cost in costs.items()}
        print(table(carries_example.HEADER, carries_example.rows(deployment, both)) + "\n")
        print(carries_example.reckoned(deployment, both, taken))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=300, help="of each kind in a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of every kind (%(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes of gunicorn (%(default)s)")
    parser.add_argument("--users", type=int, default=100_000, help="of the deployment that is reckoned (%(default)s)")
    return parser.parse_args()


def _whole(
    server_url: str, folder: Path, options: argparse.Namespace
) -> tuple[Mapping[str, Cost], Taken, Sequence[Sequence[str]]]:
    """What each request costs, and what the processes take, in figures and as rows of a table."""
    with _running(server_url, folder, options) as nodes, Person(USERNAME, PASSWORD) as person:
        master, worker = _processes(nodes)
        asked = world(nodes, person)
        costs = _measured(nodes, asked.browser, {**pages(asked), **programs(asked)}, options)
        busy, (most, held) = _processes(nodes), _connections(nodes)
        return (
            costs,
            Taken(master=busy[0], worker=busy[1], connections=most),
            [
                ("master, worker at rest", f"{master:.0f} MB, {worker:.0f} MB"),
                ("master, worker after the load", f"{busy[0]:.0f} MB, {busy[1]:.0f} MB"),
                ("connections that a worker may hold", f"{most}"),
                ("connections that it holds after the load", f"{held / options.workers:.0f}"),
            ],
        )


def _without_hash(server_url: str, folder: Path, options: argparse.Namespace) -> Cost:
    own = {"PYTHONPATH": f"{NO_HASH}:{NO_HASH.parents[1]}"}
    with _running(server_url, folder, options, own) as nodes, Person(USERNAME, PASSWORD) as person:
        asked = world(nodes, person)
        return _measured(nodes, asked.browser, {HASHED: pages(asked)[HASHED]}, options)[HASHED]


@contextlib.contextmanager
def _running(
    server_url: str, folder: Path, options: argparse.Namespace, own: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """A node. All requests come from one address, and wait there. `own`: settings of it alone."""
    workers = str(options.workers)
    with cluster(
        1,
        server_url=server_url,
        folder=folder,
        own=[own or {}],
        WEB_CONCURRENCY=workers,
        IDP_TOKENS_WAITING_PER_ADDRESS="1000000",
    ) as nodes:
        yield nodes


def _measured(
    nodes: Cluster, browser: Browser, cases: Mapping[str, Case], options: argparse.Namespace
) -> Mapping[str, Cost]:
    rounds: dict[str, list[Cost]] = {name: [] for name in cases}
    for case in cases.values():
        browser.send_all(case(WARM))
    for _ in range(options.rounds):
        for name, case in cases.items():
            rounds[name].append(_cost(nodes, browser, case(options.requests)))
            print(f"{name}: {rounds[name][-1]}", file=sys.stderr, flush=True)
    return {name: _each(statistics.median, costs) for name, costs in rounds.items()}


def _cost(nodes: Cluster, browser: Browser, requests: Sequence[Asked]) -> Cost:
    server = Server(processes=_leader(nodes), database=_database(nodes))
    began, before = time.monotonic(), spent(server)
    browser.send_all(requests)
    took, after = time.monotonic() - began, spent(server)
    node, database = (1000 * seconds / len(requests) for seconds in after.since(before))
    return Cost(node=node, database=database, rate=len(requests) / took)


def _each(made: Callable[[Iterable[float]], float], costs: Sequence[Cost]) -> Cost:
    return Cost(
        node=made(each.node for each in costs),
        database=made(each.database for each in costs),
        rate=made(each.rate for each in costs),
    )


def _sums(costs: Mapping[str, Cost]) -> Mapping[str, Cost]:
    """Of what comes one after the other nobody measured how many a second there are."""
    summed = {name: _each(sum, [costs[each] for each in parts]) for name, parts in SUMS.items()}
    return {name: replace(cost, rate=0.0) for name, cost in summed.items()}


def _row(request: str, cost: Cost) -> Sequence[str]:
    a_core = (f"{1000 / each:,.0f}" if each >= LEAST else "" for each in (cost.node, cost.database))
    return (request, f"{cost.node:.2f}", f"{cost.database:.2f}", *a_core, f"{cost.rate:,.0f}" if cost.rate else "")


def _processes(nodes: Cluster) -> tuple[float, float]:
    """MB of the master, and of a worker."""
    workers = [memory.of(each) for each in nodes.nodes[0].children()]
    return memory.of(_leader(nodes)), statistics.mean(workers)


def _connections(nodes: Cluster) -> tuple[int, int]:
    """That a worker may hold, with the one of `/readyz`; that all hold."""
    with psycopg.connect(nodes.database_url) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        found = connection.execute(query).fetchone()
    assert found is not None
    return int(nodes.run("-c", "from idp.settings import DATABASE_POOL; print(DATABASE_POOL)")) + 1, found[0]


def _leader(nodes: Cluster) -> int:
    process = nodes.nodes[0].process
    assert process is not None
    return process.pid


def _database(nodes: Cluster) -> str:
    return urlsplit(nodes.database_url).path[1:]


if __name__ == "__main__":
    try:
        main()
    except CannotStart as error:
        sys.exit(f"carries.py: {error}")
