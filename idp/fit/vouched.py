"""A node that serves programs alone, from a store that is not in the database, goes on while that is away, and starts:
where one of the same settings and build fitted within a day, the store says so."""

import hashlib
import time
from datetime import timedelta

from accounts.ground import clock
from idp.fit import made
from idp.fit.node import this_node
from idp.settings import deployment
from tokens import checks

BELIEVED = timedelta(days=1)
"""Longer than a database is away. Who rotates a secret or goes to another build while it is, starts no node before."""


NOTED_EVERY = 600.0
"""Seconds."""

_due = float("-inf")


def does_without_database() -> bool:
    return deployment.role == "back" and not checks.needs_database()


def note() -> None:
    """This node fits, as far as it knows. To be said again and again: mostly it does nothing."""
    global _due
    if time.monotonic() < _due:
        return
    _due = time.monotonic() + NOTED_EVERY
    checks.note_fit(_digest(), clock.now() + BELIEVED)


def is_vouched() -> bool:
    return checks.has_fitted(_digest(), clock.now())


def _digest() -> str:
    """Of all that a node is judged by."""
    node = this_node()
    said = [*sorted(node.equal.items()), *sorted(node.keys.items()), *sorted(made.digests().items())]
    return hashlib.sha256(repr(said).encode()).hexdigest()
