"""`manage.py doctor` on a live deployment: a line a finding, its remedy, and the exit code."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from idp import secrets
from idp.fit import judge
from idp.local.postgres import postgres
from idp.local.processes import free_port
from idp.local.valkey import valkey
from idp.node import scheduled
from tests.servers.nodes import Cluster, cluster

Doctor = Callable[..., tuple[int, list[str]]]


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """On a server that forgets nothing, and allows 37 connections."""
    folder = tmp_path_factory.mktemp("doctor")
    with (
        postgres(durable=True, max_connections=40) as server,
        cluster(1, server_url=server.url, folder=folder) as started,
    ):
        started.manage("work", "--once")
        ended(started, "1 day")
        yield started


def ended(deployment: Cluster, ahead: str, task: str = "%") -> None:
    """When the last runs of scheduled work ended: so long after now, that they do not grow old while tests run."""
    with psycopg.connect(deployment.database_url) as connection:
        connection.execute("UPDATE tokens_run SET finished = now() + %s::interval WHERE task LIKE %s", [ahead, task])


@pytest.fixture
def doctor(deployment: Cluster) -> Doctor:
    def run(*arguments: str, **environ: str) -> tuple[int, list[str]]:
        """The exit code, and what it said but for what was fine."""
        finished = subprocess.run(
            [sys.executable, "-m", "django", "doctor", *arguments],
            env={**deployment.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert not any(leak in finished.stdout + finished.stderr for leak in ("Traceback", "s3cr3t"))
        return finished.returncode, [line for line in finished.stdout.splitlines() if not line.startswith("ok ")]

    return run


@pytest.fixture
def on_this_machine(deployment: Cluster) -> str:
    return f"warning  issuer: {deployment.issuer} is reached only from this machine: set IDP_BASE_URL"


SALT, ROTATING = "IDP_SECRETS/pairwise_salt", ("secret_key", "pepper", "sealing")
NO_STANDBY = (
    "warning  durability: commits wait for no standby: a failover may forget the last codes spent and tokens revoked:"
    " set synchronous_standby_names, and synchronous_commit = on; or accept it"
)


def test_a_sound_deployment_has_no_error(doctor: Doctor, on_this_machine: str) -> None:
    assert doctor() == (0, [on_this_machine, NO_STANDBY])


def test_more_connections_than_the_server_allows_are_a_warning(doctor: Doctor, on_this_machine: str) -> None:
    assert doctor("--nodes", "3", "--workers", "2") == (
        0,
        [
            on_this_machine,
            "warning  connections: 3 nodes x 2 workers x 9 connections are 54; the server allows 37:"
            " raise max_connections, or lower IDP_DATABASE_POOL or WEB_CONCURRENCY",
            NO_STANDBY,
        ],
    )
    assert doctor("--nodes", "2", WEB_CONCURRENCY="2") == (0, [on_this_machine, NO_STANDBY])


def test_a_secret_that_others_can_read_is_an_error(doctor: Doctor, on_this_machine: str, tmp_path: Path) -> None:
    secrets.create(tmp_path)
    (tmp_path / "pepper").chmod(0o644)
    (tmp_path / "sealing").chmod(0o640)
    differs = {SALT: judge.DIFFERS[SALT]} | {f"IDP_SECRETS/{name}": judge.UNKNOWN for name in ROTATING}
    strange = "; ".join(f"{name}: {text}" for name, text in differs.items())
    assert doctor(IDP_SECRETS=str(tmp_path)) == (
        1,
        [
            on_this_machine,
            f"error    secrets: {tmp_path}/pepper is open to others (mode 644): chmod 600 {tmp_path}/pepper",
            f"error    settings: {strange}: give every node the same ones",
            "error    signing keys: the sealing secret of this node does not open them: run `manage.py rotatekeys"
            " --ensure`, on every node with the same secrets (IDP_SECRETS)",
            NO_STANDBY,
        ],
    )


def test_of_a_database_that_is_away_it_asks_no_more(doctor: Doctor, on_this_machine: str) -> None:
    nowhere = f"postgresql://nobody:s3cr3t@127.0.0.1:{free_port()}/nothing"
    assert doctor(DATABASE_URL=nowhere) == (
        1,
        [
            on_this_machine,
            "error    database: the database does not answer: start it, or check DATABASE_URL",
        ],
    )


def test_a_redis_that_is_away_is_a_warning(doctor: Doctor, on_this_machine: str) -> None:
    assert doctor(REDIS_URL=f"redis://127.0.0.1:{free_port()}") == (
        0,
        [
            on_this_machine,
            "warning  session cache: it does not answer: sessions are read from the database:"
            " start Redis, or check REDIS_URL",
            NO_STANDBY,
        ],
    )


def test_a_broker_that_is_away_is_an_error_to_who_needs_one(doctor: Doctor, on_this_machine: str) -> None:
    nowhere = f"redis://:s3cr3t@127.0.0.1:{free_port()}"
    away = "error    broker: it does not answer: start it, or check IDP_BROKER_URL or REDIS_URL"
    assert doctor(IDP_BROKER_URL=nowhere) == (1, [on_this_machine, away, NO_STANDBY])
    assert doctor(IDP_ROLE="worker", REDIS_URL=nowhere) == (1, [on_this_machine, away, NO_STANDBY])


def test_a_broker_that_forgets_is_a_warning(doctor: Doctor, on_this_machine: str) -> None:
    with valkey() as server, redis.Redis.from_url(server.url) as broker:
        broker.set(scheduled.LEADER, "node-1:17:c0ffee")
        assert doctor(IDP_BROKER_URL=server.url) == (0, [on_this_machine, NO_STANDBY])
        broker.config_set("maxmemory-policy", "allkeys-lru")
        assert doctor(IDP_BROKER_URL=server.url) == (
            0,
            [
                on_this_machine,
                "warning  broker: when its memory is full it forgets messages and locks (allkeys-lru):"
                " set maxmemory-policy noeviction, or name another Redis in IDP_BROKER_URL",
                NO_STANDBY,
            ],
        )


def test_a_server_that_forgets_is_an_error(doctor: Doctor, deployment: Cluster, on_this_machine: str) -> None:
    name = urlsplit(deployment.database_url).path[1:]
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        try:
            assert doctor() == (
                1,
                [
                    on_this_machine,
                    "error    durability: synchronous_commit is off: a crash of the server forgets what was just spent"
                    " or revoked: set synchronous_commit = on",
                    NO_STANDBY,
                ],
            )
        finally:
            connection.execute(f'ALTER DATABASE "{name}" RESET synchronous_commit')


def test_sqlite_serves_one_node(doctor: Doctor, tmp_path: Path) -> None:
    code, output = doctor("--nodes", "2", DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3", IDP_DEBUG="true")
    assert code == 1
    assert "error    server: SQLite serves one node: set DATABASE_URL to a PostgreSQL server" in output
    assert "warning  issuer: debug pages are on: unset IDP_DEBUG" in output
    assert any(line.startswith("error    migrations: ") for line in output)
    assert os.environ["IDP_DATA"] not in str(output)


@pytest.mark.parametrize("number", ["0", "-1", "many", "²"])
def test_a_number_of_nodes_is_above_zero(deployment: Cluster, number: str) -> None:
    command = [sys.executable, "-m", "django", "doctor", f"--nodes={number}"]
    finished = subprocess.run(command, env=deployment.environ, capture_output=True, text=True, check=False, timeout=60)
    assert (finished.returncode, f"{number!r} is not a number above 0" in finished.stderr) == (2, True)


def test_what_an_older_version_left_open_in_a_folder_that_others_enter_is_an_error(
    doctor: Doctor, deployment: Cluster, on_this_machine: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    for name in ("db.sqlite3", "db.sqlite3-wal", "cluster/front-1.log", "static/pages.css"):
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        path.chmod(0o644)
    (data / "demo.json").touch(0o600)
    data.chmod(0o755)
    own = {"IDP_DATA": str(data), "IDP_SECRETS": f"{deployment.environ['IDP_DATA']}/secrets"}
    assert doctor(**own) == (
        1,
        [
            on_this_machine,
            *(
                f"error    data: {data}/{name} is open to others: chmod 600 {data}/{name}, and chmod 700 {data}"
                for name in ("db.sqlite3", "db.sqlite3-wal", "cluster/front-1.log")
            ),
            NO_STANDBY,
        ],
    )
    data.chmod(0o700)
    assert doctor(**own) == (0, [on_this_machine, NO_STANDBY])


NOBODY_LEADS = "warning  broker: no beat leads: nobody sends what is due to workers: start a beat"


def test_a_broker_at_which_no_beat_leads_is_a_warning(doctor: Doctor, on_this_machine: str) -> None:
    with valkey() as server, redis.Redis.from_url(server.url) as broker:
        assert doctor(IDP_BROKER_URL=server.url) == (0, [on_this_machine, NOBODY_LEADS, NO_STANDBY])
        # Of a cache alone nobody knows that it is a broker; where beats were, it is.
        assert doctor(REDIS_URL=server.url) == (0, [on_this_machine, NO_STANDBY])
        broker.set(scheduled.SCHEDULE, "a beat's")
        assert doctor(REDIS_URL=server.url) == (0, [on_this_machine, NOBODY_LEADS, NO_STANDBY])


def test_scheduled_work_that_nobody_does_is_an_error(doctor: Doctor, deployment: Cluster, on_this_machine: str) -> None:
    ended(deployment, "-2 hours", "deliver_logouts")
    ended(deployment, "-200 seconds", "rotate_keys")
    try:
        code, [first, line, last] = doctor()
    finally:
        ended(deployment, "1 day")
    assert (code, first, last) == (1, on_this_machine, NO_STANDBY)
    assert line == (
        "error    scheduled work: nobody does it: deliver_logouts last ended well 120 minutes ago: start a worker and a"
        " beat, or `manage.py work`; runs and their errors are in the admin"
    )
