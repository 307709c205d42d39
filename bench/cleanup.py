"""Measures the clean-up under live traffic, for docs/performance.md: `PYTHONPATH=. python bench/cleanup.py`.

A real PostgreSQL that waits for its disk and one gunicorn node, on this machine, load generator included. The token
endpoint and introspection are asked first without it, then while 1, 2 and 4 clean-ups at once delete the expired rows.
`--quiet` asks nothing: one clean-up, and one more beside a snapshot that is held all the while.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from cleanup_rows import TABLES, fill, left
from cleanup_traffic import Reply, Traffic
from measured import machine, table

from idp.local.postgres import postgres
from tests.servers.nodes import Cluster, cluster
from tests.support.people import EMAIL, PASSWORD, USERNAME

LIVE_TOKENS, SWEEP = (Path(__file__).with_name(f"cleanup_{name}.py") for name in ("tokens", "sweep"))
BATCH = 1000
HEADER = ("clean-ups", "rows", "seconds", "rows/s", "WAL", "asked/s", "p50", "p99", "worst", "5xx")


@dataclass(frozen=True, slots=True)
class Run:
    sweepers: int
    rows: int
    seconds: float
    wal: int
    replies: Sequence[Reply]
    span: float

    def cells(self) -> Sequence[str]:
        times = sorted(one.seconds * 1000 for one in self.replies)
        cuts = statistics.quantiles(times, n=100)
        rate = self.rows / self.seconds if self.sweepers else 0
        return (
            str(self.sweepers),
            f"{self.rows:,}",
            f"{self.seconds:.1f}",
            f"{rate:,.0f}",
            f"{self.wal / 2**20:.0f} MiB",
            f"{len(times) / self.span:.0f}",
            *(f"{milliseconds:.0f} ms" for milliseconds in (cuts[49], cuts[98], times[-1])),
            str(sum(one.status >= 500 for one in self.replies)),
        )


def main() -> None:
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="bench-cleanup-") as folder,
        postgres(durable=True) as server,
        cluster(1, server_url=server.url, folder=Path(folder)) as nodes,
    ):
        if options.quiet:
            _quiet(nodes, options, server.version)
            return
        traffic = _traffic(nodes, options.threads)
        print(machine("django", "psycopg", "gunicorn"), f"PostgreSQL {server.version}, {options.threads} threads ask")
        with psycopg.connect(nodes.database_url, autocommit=True) as database:
            fill(database, options.live, expired=False)
            print(table(HEADER, []))
            _show(_alone(traffic, options.seconds))
            for sweepers in options.sweepers:
                fill(database, options.rows, expired=True)
                _show(_beside(traffic, nodes, database, sweepers, options.batch))
            _show(_alone(traffic, options.seconds))
            _nothing_live_is_lost(traffic, database, options.live)


def _show(run: Run) -> None:
    print("| " + " | ".join(run.cells()) + " |", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="expired rows of each run")
    parser.add_argument("--live", type=int, default=100_000, help="rows that have not expired")
    parser.add_argument("--batch", type=int, default=BATCH, help="rows that a clean-up deletes at a time")
    parser.add_argument("--seconds", type=float, default=20, help="of traffic without clean-ups, before and after")
    parser.add_argument("--threads", type=int, default=4, help="that ask, each as fast as it is answered")
    parser.add_argument("--sweepers", type=int, nargs="+", default=[1, 2, 4], help="clean-ups at once, a run each")
    parser.add_argument("--quiet", action="store_true", help="no traffic: a clean-up, and one beside a held snapshot")
    return parser.parse_args()


def _quiet(nodes: Cluster, options: argparse.Namespace, version: str) -> None:
    print(machine("django", "psycopg"), f"PostgreSQL {version}, load average {os.getloadavg()[0]:.1f}")
    print(table(("beside a snapshot", "rows", "seconds", "of a processor", "load"), []))
    url = nodes.database_url
    with psycopg.connect(url, autocommit=True) as database, psycopg.connect(url, autocommit=True) as holder:
        fill(database, options.live, expired=False)
        for held in (False, True):
            fill(database, options.rows, expired=True)
            if held:
                holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tokens_accesstoken")
            rows, seconds, busy = _swept(nodes, database, options.batch)
            cells = ("yes" if held else "no", f"{rows:,}", f"{seconds:.1f}", f"{busy:.1f}")
            print("| " + " | ".join((*cells, f"{os.getloadavg()[0]:.1f}")) + " |", flush=True)


def _swept(nodes: Cluster, database: psycopg.Connection, batch: int) -> tuple[int, float, float]:
    """How many rows one clean-up deleted, in how many seconds, and for how many a processor was busy."""
    rows = left(database)
    with _sweeps(nodes, 1, batch) as [process]:
        begun = time.monotonic()
        deleted, busy = _deleted(process)
        seconds = time.monotonic() - begun
    assert (deleted, left(database)) == (rows, 0), "the clean-up left something"
    return rows, seconds, busy


def _traffic(nodes: Cluster, threads: int) -> Traffic:
    nodes.superuser(USERNAME, EMAIL, PASSWORD)
    client = nodes.client("web", "Bench", "https://client.example/cb")
    machine_client = nodes.client("machine", "Bench machine")
    tokens = json.loads(nodes.run(str(LIVE_TOKENS), client["client_id"], str(50)))
    return Traffic(nodes.nodes[0].port, client, machine_client, tokens, threads)


def _alone(traffic: Traffic, seconds: float) -> Run:
    stop = threading.Event()
    threading.Timer(seconds, stop.set).start()
    return Run(0, 0, seconds, 0, traffic.ask_until(stop), seconds)


def _beside(traffic: Traffic, nodes: Cluster, database: psycopg.Connection, sweepers: int, batch: int) -> Run:
    stop = threading.Event()
    rows, wal = left(database), _wal(database)
    with ThreadPoolExecutor() as threads, _sweeps(nodes, sweepers, batch) as processes:
        asking = threads.submit(traffic.ask_until, stop)
        begun = time.monotonic()
        deleted = sum(rows for rows, _ in threads.map(_deleted, processes))
        seconds = time.monotonic() - begun
        stop.set()
    assert (deleted, left(database)) == (rows, 0), "the clean-up left something"
    return Run(sweepers, rows, seconds, _wal(database) - wal, asking.result(), seconds)


@contextmanager
def _sweeps(nodes: Cluster, number: int, batch: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Clean-ups that wait for a line."""
    command = [sys.executable, str(SWEEP), str(batch)]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, env=nodes.environ, **pipes) for _ in range(number)]
    assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * number
    yield processes
    assert [process.wait() for process in processes] == [0] * number


def _deleted(process: subprocess.Popen[str]) -> tuple[int, float]:
    """How many rows, and for how many seconds a processor was busy with them."""
    rows, busy = process.communicate("\n")[0].split()
    return int(rows), float(busy)


def _wal(database: psycopg.Connection) -> int:
    row = database.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").fetchone()
    assert row is not None
    rows: int = row[0]
    return rows


def _nothing_live_is_lost(traffic: Traffic, database: psycopg.Connection, live: int) -> None:
    kept = sum(int(left(database, name, expired=False)) for name in TABLES)
    refused = [one.status for one in traffic.ask_each_token() if one.status != 200]
    assert kept >= live, f"{live - kept} live rows are gone"
    assert not refused, refused
    print(f"{kept:,} live rows are left of {live:,} and those of the traffic; every live token works")


if __name__ == "__main__":
    main()
