"""Celery with two workers and two beats on a real broker and database: each of them may die, each interval has one
effect."""

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import redis

from idp.local.processes import signal_group, start
from idp.local.valkey import Valkey, valkey
from tests.servers.nodes import Cluster, cluster
from tests.servers.provider import database_server
from tokens.work.schedule import TASKS

pytestmark = pytest.mark.sql("its nodes are on the database; drills 14, 15, 16 and 18 play it elsewhere")

LOOP, LOCK = 1, 4
OURS = tuple(TASKS)
LOCK_KEY = "redbeat::lock"
PATIENCE = 30.0
QUEUE = "celery"
SEND = """
import sys
from tests.work.quick import app
for _ in range(int(sys.argv[2])):
    app.send_task(sys.argv[1])
"""


@dataclass(slots=True)
class World:
    provider: Cluster
    broker: Valkey
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def environ(self, role: str, **environ: str) -> Mapping[str, str]:
        own = {"IDP_ROLE": role, "REDIS_URL": self.broker.url, "IDP_BEAT_LOOP": f"{LOOP}", "IDP_BEAT_LOCK": f"{LOCK}"}
        return {**self.provider.environ, **own, "TEST_INTERVAL": "1", **environ}

    def start(self, name: str, **environ: str) -> subprocess.Popen[bytes]:
        role = name.partition(" ")[0]
        command = [sys.executable, "-m", "celery", "-A", "tests.work.quick", role]
        made = start(command, environ=self.environ(role, **environ), log=self.log(name))
        self.processes[name] = made
        return made

    def kill(self, name: str) -> None:
        signal_group(self.processes[name], signal.SIGKILL)
        self.processes[name].wait()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.broker.url, decode_responses=True)

    def leader(self) -> str | None:
        with self.redis() as broker:
            holder = broker.get(LOCK_KEY)
        named = {str(process.pid): name for name, process in self.processes.items()}
        return named.get(str(holder).split(":")[1]) if holder else None

    def runs(self, task: str = "delete_expired") -> list[int]:
        """The interval of each run that ended well, in their order."""
        done = "SELECT slot FROM tokens_run WHERE task = %s AND finished IS NOT NULL AND error = '' ORDER BY epoch"
        with psycopg.connect(self.provider.database_url) as connection:
            return [slot for (slot,) in connection.execute(done, [task])]

    def wait_for(self, ready: Callable[[], object], what: str) -> float:
        """Seconds until it was so."""
        begun = time.monotonic()
        while not ready():
            assert time.monotonic() - begun < PATIENCE, (what, self.logs())
            time.sleep(0.05)
        return time.monotonic() - begun

    def logs(self) -> str:
        return "\n".join(f"--- {name}\n{self.log(name).read_text()[-2000:]}" for name in self.processes)

    def works_on(self) -> None:
        """A run of each task is done that was not done before."""
        for task in OURS:
            before = len(self.runs(task))
            self.wait_for(lambda task=task, before=before: len(self.runs(task)) > before, f"{task} is done")  # type: ignore[misc]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("schedule")
    with (
        database_server() as server_url,
        valkey() as broker,
        cluster(1, server_url=server_url, folder=folder) as provider,
    ):
        system = World(provider, broker, folder)
        for name in ("worker 1", "worker 2", "beat 1", "beat 2"):
            system.start(name)
        try:
            system.wait_for(system.leader, "a beat leads")
            system.works_on()
            yield system
        finally:
            for name in system.processes:
                system.kill(name)


def test_each_interval_has_one_run_however_many_ask_for_it(world: World) -> None:
    send(world, "delete_expired", 50)
    world.works_on()
    for task in OURS:
        assert Counter(world.runs(task)).most_common(1)[0][1] == 1
    refused = "SELECT count(*) FROM tokens_run WHERE error <> '' OR finished - started > interval '10 s'"
    with psycopg.connect(world.provider.database_url) as connection:
        assert connection.execute(refused).fetchone() == (0,)


def test_another_beat_leads_when_one_is_killed_and_the_killed_one_comes_back(world: World) -> None:
    killed = str(world.leader())
    world.kill(killed)
    seconds = world.wait_for(lambda: world.leader() not in (None, killed), "another leads")
    print(f"another beat led after {seconds:.1f} s")
    assert seconds <= LOCK + LOOP + 2
    world.start(killed)
    world.works_on()


def test_a_beat_that_lost_its_lock_ends_with_a_line_and_the_schedule_comes_back(world: World) -> None:
    lost = str(world.leader())
    with world.redis() as broker:
        broker.flushall()
    assert world.processes[lost].wait(PATIENCE) == 1
    last = world.log(lost).read_text().splitlines()[-1]
    assert last == "beat: the lock is no longer ours: another beat leads, or Redis forgot it"
    world.start(lost)
    world.wait_for(world.leader, "a beat leads")
    world.works_on()
    with world.redis() as broker:
        assert set(broker.smembers("redbeat::statics")) == set(OURS)
        assert broker.zcard("redbeat::schedule") == len(OURS)


def test_a_beat_that_slept_through_its_lock_ends(world: World) -> None:
    sleeper = str(world.leader())
    signal_group(world.processes[sleeper], signal.SIGSTOP)
    world.wait_for(lambda: world.leader() not in (None, sleeper), "another leads")
    signal_group(world.processes[sleeper], signal.SIGCONT)
    assert world.processes[sleeper].wait(PATIENCE) == 1
    world.start(sleeper)
    world.works_on()


def test_a_worker_that_is_killed_leaves_its_work_to_another(world: World) -> None:
    world.kill("worker 1")
    world.works_on()
    world.start("worker 1")
    world.works_on()


@pytest.mark.covers("S77 logs")
def test_a_message_names_its_task_and_nothing_else(world: World) -> None:
    world.provider.run("-c", SEND, "tokens.delete_orphans", "1", **message_environ(world, "/1"))
    with redis.Redis.from_url(f"{world.broker.url}/1", decode_responses=True) as broker:
        [text] = broker.lrange(QUEUE, 0, -1)
    message = json.loads(text)
    assert json.loads(b64decode(message["body"]))[:2] == [[], {}]
    assert (message["content-type"], message["headers"]["task"]) == ("application/json", "tokens.delete_orphans")
    assert "secret" not in text


def test_what_beat_sends_lapses_before_the_next_interval(world: World) -> None:
    with world.redis() as broker:
        definitions = {name: json.loads(str(broker.hget(f"redbeat:{name}", "definition"))) for name in OURS}
    assert {name: made["task"] for name, made in definitions.items()} == {name: f"tokens.{name}" for name in OURS}
    assert {made["options"]["expires"] for made in definitions.values()} == {0.5}


def test_a_pickle_is_not_opened(world: World) -> None:
    """Somebody who can write to the broker can ask for work that is due, and run nothing of their own."""
    program = SEND.replace("sys.argv[1])", "sys.argv[1], serializer='pickle')")
    environ = message_environ(world)
    before = len(world.runs("delete_orphans"))
    world.provider.run("-c", program, "tokens.delete_orphans", "1", **environ)
    said = "kombu.exceptions.ContentDisallowed"
    names = ("worker 1", "worker 2")
    world.wait_for(lambda: any(said in world.log(name).read_text() for name in names), "it is refused")
    assert len(world.runs("delete_orphans")) >= before
    world.works_on()


@pytest.mark.parametrize(
    ("role", "environ", "line"),
    [
        ("worker", {"IDP_TASKS": "false"}, "IDP_TASKS: scheduled work is switched off on this node"),
        ("beat", {"REDIS_URL": ""}, "IDP_BROKER_URL: a worker and a beat need a broker: set it, or REDIS_URL"),
    ],
)
def test_a_node_that_cannot_work_says_why_in_a_line(
    world: World, role: str, environ: Mapping[str, str], line: str
) -> None:
    """Under another role than its own, whose settings would say so."""
    ended = celery(world, role, IDP_ROLE="all", **environ)
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, line)
    assert "Traceback" not in ended.stderr


def test_a_beat_without_redis_ends_with_a_line(world: World) -> None:
    ended = celery(world, "beat", REDIS_URL="redis://127.0.0.1:1")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "IDP_BROKER_URL: Redis does not answer (ConnectionError): start it, or set the right address"
    )
    assert "Traceback" not in ended.stderr


def test_over_tables_of_another_build_all_end_with_one_line_each_and_work_again_once_they_are_theirs(
    world: World,
) -> None:
    names = tuple(world.processes)
    said = {name: world.log(name).stat().st_size for name in names}
    with another_build(world):
        send(world, "delete_orphans", 4)
        world.wait_for(lambda: all(world.processes[name].poll() is not None for name in names), "all end")
        # Nobody took them for done: they are there for who may do them.
        assert waiting(world, "delete_orphans") == 4
    for name in names:
        assert world.processes[name].returncode == 1
        lines = world.log(name).read_bytes()[said[name] :].decode().splitlines()
        # A beat that has only begun says the same as it starts.
        [line] = [line for line in lines if "migrations: tokens.0001_initial is not the one that made these" in line]
        assert "run `manage.py prepare`; tables of another build need a database of their own" in line
    for name in names:
        world.start(name)
    world.works_on()


def test_a_task_of_another_build_is_told_of_in_one_line_and_left(world: World) -> None:
    def told() -> list[str]:
        logs = [world.log(name).read_text() for name in ("worker 1", "worker 2")]
        return [line for log in logs for line in log.splitlines() if "of_the_next_build" in line]

    send(world, "of_the_next_build", 1)
    world.wait_for(told, "a worker tells")
    world.works_on()
    [line] = told()
    assert line.endswith("worker: this build has no task 'tokens.of_the_next_build': one that has it does it")


@contextmanager
def another_build(world: World) -> Iterator[None]:
    """For a while it is another one that made the tables."""
    name, change = "migration:tokens.0001_initial", "UPDATE idp_fact SET value = %s WHERE name = %s"
    with psycopg.connect(world.provider.database_url, autocommit=True) as database:
        ours = database.execute("SELECT value FROM idp_fact WHERE name = %s", [name]).fetchone()
        assert ours is not None
        database.execute(change, ["of another build", name])
        try:
            yield
        finally:
            database.execute(change, [*ours, name])


def waiting(world: World, task: str) -> int:
    """Messages for it that nobody has taken, without those of a beat, which lapse."""
    with world.redis() as broker:
        headers = [json.loads(text)["headers"] for text in broker.lrange(QUEUE, 0, -1)]
    return sum(each["task"] == f"tokens.{task}" and each["expires"] is None for each in headers)


def send(world: World, task: str, times: int) -> None:
    world.provider.run("-c", SEND, f"tokens.{task}", str(times), **message_environ(world))


def message_environ(world: World, path: str = "") -> dict[str, str]:
    return {"IDP_ROLE": "worker", "TEST_INTERVAL": "1", "REDIS_URL": f"{world.broker.url}{path}"}


def celery(world: World, role: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celery", "-A", "idp", role]
    environment = {**world.environ(role, **environ), "PATH": os.environ["PATH"]}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
