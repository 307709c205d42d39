"""A deployment of so many users, reckoned from what `carries.py` measured: the formula of docs/running.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

DAY = 86_400
"""Seconds."""
USED = 0.6
"""Of each core: what is left is for what nobody foresaw."""
WORKERS = 2
"""Processes of gunicorn on each node."""
CHECK = 46
"""MiB that the check of a password takes; a worker makes as many at a time as it has cores for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What its people do, by the day and at the busiest time of it."""

    users: int
    sign_ins: float = 1
    """With the password, a user and day."""
    flows: float = 4
    """At further applications, or again, while signed in: a user and day."""
    peak: float = 10
    """How much more the busiest minutes have than the mean of a day."""
    active: float = 0.2
    """Of the users, those who work at the busiest time: each has an application that refreshes its tokens."""
    lifetime: float = 300
    """Seconds of an access token."""
    calls: float = 1
    """That an active user makes a minute to APIs which ask by introspection. Who checks JWTs itself asks nobody."""

    def rates(self) -> Mapping[str, float]:
        """Requests a second at the busiest time, by what `carries.py` measures."""
        return {
            "a sign-in at an application": self.users * self.sign_ins * self.peak / DAY,
            "a flow of who is signed in": self.users * self.flows * self.peak / DAY,
            "refresh": self.users * self.active / self.lifetime,
            "introspection": self.users * self.active * self.calls / 60,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """By the processes of a node: MB, and connections that a worker may hold."""

    master: float
    worker: float
    connections: int


HEADER = ("at the busiest time", "a second", "CPU ms each: node, database", "cores: nodes", "database")


def rows(deployment: Deployment, costs: Mapping[str, tuple[float, float]]) -> Sequence[Sequence[str]]:
    """`costs`: CPU milliseconds of node and database."""
    told, busy = [], [0.0, 0.0]
    for name, rate in deployment.rates().items():
        cores = [rate * milliseconds / 1000 for milliseconds in costs[name]]
        busy = [before + more for before, more in zip(busy, cores, strict=True)]
        each = ", ".join(f"{milliseconds:.2f}" for milliseconds in costs[name])
        told.append((name, f"{rate:.1f}", each, *(f"{share:.2f}" for share in cores)))
    return [
        *told,
        ("all", "", "", *(f"{cores:.2f}" for cores in busy)),
        (f"with {USED:.0%} of each core used", "", "", *(f"{cores / USED:.2f}" for cores in busy)),
    ]


def reckoned(deployment: Deployment, costs: Mapping[str, tuple[float, float]], taken: Taken) -> str:
    """What to start, in words."""
    cores = sum(rate * costs[name][0] / 1000 for name, rate in deployment.rates().items()) / USED
    enough = ceil(cores / WORKERS)
    nodes = enough + 1
    memory = taken.master + WORKERS * (taken.worker + CHECK)
    return (
        f"{deployment.users:,} users: {cores:.2f} cores are {enough} node(s) of {WORKERS} workers, a core each, and one"
        f" more that may be lost: {nodes}. Connections: {nodes} x {WORKERS} x {taken.connections} ="
        f" {nodes * WORKERS * taken.connections}. Memory of a node: {taken.master:.0f} + {WORKERS} x"
        f" ({taken.worker:.0f} + {CHECK}) = {memory:.0f} MB."
    )
