"""PostgreSQL and a live provider for the tests of this folder and its neighbours, also where the other tests run on
another database."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from idp.local.postgres import postgres
from tests.servers.nodes import Cluster, cluster
from tests.support.people import EMAIL, PASSWORD, USERNAME


@contextlib.contextmanager
def database_server() -> Iterator[str]:
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    with postgres() as server:
        yield server.url


@contextlib.contextmanager
def live_provider(folder: Path, *, nodes: int, **environ: str) -> Iterator[Cluster]:
    """Nodes with a superuser, alice, who may sign in. `environ`: settings of theirs."""
    own = [{"REDIS_URL": os.environ["TEST_REDIS_URL"]}] * nodes if "TEST_REDIS_URL" in os.environ else []
    with (
        database_server() as server_url,
        cluster(nodes, server_url=server_url, folder=folder, own=own, **environ) as started,
    ):
        started.superuser(USERNAME, EMAIL, PASSWORD)
        yield started
