"""Celery's messages behind Sentinel, over a failover; and a worker that does not fit its database."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from celery.exceptions import Reject

from idp.local.processes import LOOPBACK
from tests.servers.nodes import Cluster, cluster
from tests.servers.provider import database_server
from tests.servers.redis_server import RedisServer, redis_server, sentinel
from tests.support.waiting import until
from tokens import tasks
from tokens.tasks import celery_name

pytestmark = pytest.mark.sql("its nodes are on the database, and ask nothing of a store but whose run it is")

NAME = "Messages"


@dataclass(frozen=True, slots=True)
class World:
    provider: Cluster
    primary: RedisServer
    url: str

    def done(self) -> int:
        """How many runs ended well."""
        with psycopg.connect(self.provider.database_url) as connection:
            statement = "SELECT count(*) FROM tokens_run WHERE finished IS NOT NULL AND error = ''"
            row = connection.execute(statement).fetchone()
        return int(row[0]) if row else 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with (
        database_server() as server_url,
        redis_server() as primary,
        redis_server("--replicaof", LOOPBACK, str(primary.port)),
        sentinel(primary, NAME) as watching,
        cluster(1, server_url=server_url, folder=tmp_path_factory.mktemp("sentinel")) as provider,
    ):
        yield World(provider, primary, f"redis+sentinel://{LOOPBACK}:{watching.port}/{NAME}")


def test_a_worker_that_does_not_fit_its_database_does_not_start(world: World) -> None:
    environ = {**world.provider.environ, "IDP_ROLE": "worker", "IDP_REGION": "b", "IDP_BROKER_URL": world.url}
    command = [sys.executable, "-m", "celery", "-A", "idp", "worker"]
    ended = subprocess.run(
        command, env={**environ, "PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "IDP_REGION: the region of this database is 0, and here it is b: set the same"
    )
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("db")
def test_a_worker_that_no_longer_fits_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from idp import celery

    faults: Mapping[str, str] = {"IDP_REGION": "another"}
    done: list[Any] = []
    monkeypatch.setattr(celery, "look", lambda: faults)
    monkeypatch.setattr(tasks, "perform", lambda *arguments, **named: done.append(arguments))
    celery.app.loader.import_default_modules()
    task = celery.app.tasks[celery_name("delete_expired")]
    with pytest.raises(Reject) as rejected:
        task()
    assert (done, rejected.value.requeue) == ([], True)
    assert rejected.value.reason == "this node does not fit, and does no work: IDP_REGION: another"
    monkeypatch.setattr(celery, "look", dict)
    task()
    assert len(done) == 1


def test_work_is_done_behind_sentinel_and_goes_on_with_the_server_that_takes_over(world: World) -> None:
    settings = {"IDP_BROKER_URL": world.url, "IDP_BEAT_LOOP": "1", "IDP_BEAT_LOCK": "4"}
    with world.provider.workers(1, **settings) as [worker], world.provider.beats(1, **settings) as [beat]:
        until(worker.ready)
        until(beat.leads)
        until(lambda: world.done() > 0)

        world.primary.stop()
        until(lambda: not beat.running)  # it ends where its lock is gone, and its supervisor starts it again
        while not beat.running or not beat.leads():
            if not beat.running:
                beat.start()
            until(lambda: not beat.running or beat.leads())
        before = world.done()

        def goes_on() -> bool:
            """A worker that had a task in hand ends, too: it could not tell that it was done."""
            if not worker.running:
                worker.start()
            return world.done() > before

        until(goes_on)
