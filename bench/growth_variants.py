"""What grows in bench/growth.py: the variants that are compared, made ready on one PostgreSQL."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from growth_network import measured_round_trip, network
from growth_proxy import proxy
from growth_rows import fill
from peers_sides import Side, ours

from idp.local.postgres import Postgres
from tests.servers.nodes import Cluster, Node, cluster

CONNECTIONS = (1, 8, 64)
ROUND_TRIPS = (0, 1, 5)
"""Milliseconds."""
WORKERS = (1, 2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """`connections`: that ask, where the case does not say."""

    name: str
    side: Side
    connections: int | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """Where variants are made; what they need ends with the stack."""

    server: Postgres
    folder: Path
    options: argparse.Namespace
    stack: ExitStack

    def provider(self, name: str) -> tuple[Cluster, Side]:
        """One node over a database of its own, with the bench's clients."""
        folder, workers = self.folder / name, str(self.options.workers)
        folder.mkdir()
        nodes = self.stack.enter_context(cluster(1, server_url=self.server.url, folder=folder, WEB_CONCURRENCY=workers))
        return nodes, self.stack.enter_context(ours(nodes))


@dataclass(frozen=True, slots=True)
class Growth:
    """`variants`: makes them, and says what has to be known of them."""

    grows: str
    variants: Callable[[Ground], tuple[Sequence[Variant], str]]


def _connections(ground: Ground) -> tuple[Sequence[Variant], str]:
    _, side = ground.provider("connections")
    return [Variant(name=str(number), side=side, connections=number) for number in CONNECTIONS], ""


def _rows(ground: Ground) -> tuple[Sequence[Variant], str]:
    expired, live = ground.options.expired, ground.options.live
    _, empty = ground.provider("empty")
    nodes, full = ground.provider("full")
    seconds = fill(ground.server.url, nodes.database_url, expired=expired, live=live)
    with psycopg.connect(nodes.database_url) as database:
        row = database.execute("SELECT pg_database_size(current_database()) / 2^30").fetchone()
    assert row is not None
    variants = [
        Variant(name="empty", side=empty),
        Variant(name=f"{_short(expired)} expired, {_short(live)} live", side=full),
    ]
    return variants, f"The filled database has {row[0]:.1f} GiB, written in {seconds:.0f} s."


def _network(ground: Ground) -> tuple[Sequence[Variant], str]:
    nodes, side = ground.provider("network")
    variants, measured = [], []
    for milliseconds in ROUND_TRIPS:
        url = ground.stack.enter_context(network(nodes.database_url, milliseconds))
        measured.append(f"{measured_round_trip(url):.2f}")
        (node,) = ground.stack.enter_context(nodes.more(1, DATABASE_URL=url))
        variants.append(Variant(name=f"{milliseconds} ms", side=_at(node, side)))
    return variants, f"A `SELECT 1` took {', '.join(measured)} ms."


def _workers(ground: Ground) -> tuple[Sequence[Variant], str]:
    nodes, side = ground.provider("workers")
    started = [ground.stack.enter_context(nodes.more(1, WEB_CONCURRENCY=str(number)))[0] for number in WORKERS]
    variants = [Variant(name=str(number), side=_at(node, side)) for number, node in zip(WORKERS, started, strict=True)]
    return variants, ""


def _proxy(ground: Ground) -> tuple[Sequence[Variant], str]:
    nodes, side = ground.provider("proxy")
    address = nodes.nodes[0].url.partition("//")[2]
    variants = [Variant(name="none", side=side)]
    for name, keeps in (("keep-alive", True), ("no keep-alive", False)):
        url = ground.stack.enter_context(proxy(ground.folder / f"nginx-{keeps}", address, keeps=keeps))
        variants.append(Variant(name=name, side=replace(side, url=url)))
    return variants, "The server's CPU is the node's, without nginx's."


GROWTHS: Mapping[str, Growth] = {
    "connections": Growth("connections", _connections),
    "rows": Growth("rows", _rows),
    "network": Growth("round trip to the database", _network),
    "workers": Growth("worker processes", _workers),
    "proxy": Growth("a proxy before the node", _proxy),
}


def _at(node: Node, side: Side) -> Side:
    """The same at another node over the same database."""
    assert node.process is not None
    return replace(side, url=node.url, processes=node.process.pid)


def _short(number: int) -> str:
    return f"{number // 1_000_000} M" if number % 1_000_000 == 0 else f"{number:,}"
