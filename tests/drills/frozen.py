"""Drills 30 and 31: the primary freezes behind HAProxy while its connections live, and connections that nobody holds
at their other end any more."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from idp.local.postgres import Postgres
from tests.drills.behind import BehindProxy, begin, behind_proxy, fault, led_back, promised
from tests.drills.drill import Turn
from tests.drills.ground import MAX_CONNECTIONS, Ground, until
from tests.servers.standby import freeze, port, promote, standby

ORPHANS = "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
ORPHANED = 20.0
"""Seconds, above the server's limit of 10."""
FROZEN = 1.0
"""Seconds until the standby is promoted."""


def frozen(turn: Turn) -> None:
    """In turn while the pool lies idle and while all of it is in use. No commit is lost: the standby has them all."""
    ground, at = turn.ground, turn.ground.kept(behind_proxy)
    load = begin(turn, at.nodes)
    with standby(ground.postgres, MAX_CONNECTIONS) as other, _in_step(ground), led_back(ground, at):
        began, healed = fault(turn, load, lambda: _take_over(ground, at, other), idle=turn.number % 2 == 0)
        promised(turn, load, began, healed)


def half_open(turn: Turn) -> None:
    """The proxy forgets its connections, in turn while they lie idle and in use; new ones work at once."""
    at = turn.ground.kept(behind_proxy)
    load = begin(turn, at.nodes)
    began, healed = fault(turn, load, at.proxy.forget, idle=turn.number % 2 == 0)
    _until_orphans_end(turn.ground)
    promised(turn, load, began, healed)
    at.proxy.bury()


def _until_orphans_end(ground: Ground) -> None:
    """A transaction whose client is gone holds its rows until the server ends it (idle_in_transaction_session_timeout):
    so long whoever comes for one of them is told 503 after its wait for the lock."""
    with ground.database() as database:
        until(lambda: database.execute(ORPHANS).fetchone() is None, ORPHANED)


def _take_over(ground: Ground, at: BehindProxy, other: Postgres) -> None:
    freeze(ground.postgres)
    time.sleep(FROZEN)  # what is asked meanwhile hangs
    promote(other)
    at.proxy.lead_to(port(other))


@contextmanager
def _in_step(ground: Ground) -> Iterator[None]:
    """A commit waits until the standby has it."""
    _wait_for(ground, "*")
    try:
        yield
    finally:
        _wait_for(ground, "")


def _wait_for(ground: Ground, name: str) -> None:
    with ground.database() as database:
        database.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'".encode())
        database.execute("SELECT pg_reload_conf()")
        if name:
            told = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
            until(lambda: database.execute(told).fetchone() is not None)
