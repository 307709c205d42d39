"""Two Celery workers and two beats over the ground's broker and database, each started again when it ends."""

import contextlib
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
import redis

from idp.local.processes import stop
from idp.local.program import Program
from tests.drills.repeating import Repeating
from tests.servers.member import Member
from tests.servers.nodes import Cluster
from tests.servers.redis_server import RedisServer

EACH = 2
LOOP, LOCK = 1, 3
"""Seconds of IDP_BEAT_LOOP and IDP_BEAT_LOCK."""
INTERVAL = 2
"""Seconds of every task."""
HOLD, LEASE = 3.0, 8.0
"""Seconds that a dead worker holds up a task, and a notice."""
AGAIN = 1.0
"""Seconds after which what ended is started again."""
STILL, ON = "stands still inside a tick", "goes on with its tick"
"""What a beat says of its pause (tests/drills/noted.py)."""
LOCK_KEY, STATICS, SCHEDULE, QUEUE = "redbeat::lock", "redbeat::statics", "redbeat::schedule", "celery"
MESSAGE = re.compile(r"message (?P<task>\w+) (?P<at>[\d.]+) (?P<pid>\d+)$", re.MULTILINE)
WORK = "CREATE TABLE drill_work (task text, slot bigint, epoch bigint, at timestamptz DEFAULT clock_timestamp())"


@dataclass(frozen=True, slots=True)
class Message:
    """`at`: seconds of the machine's clock."""

    task: str
    at: float
    pid: int

    @property
    def slot(self) -> int:
        return int(self.at // INTERVAL)


@dataclass(slots=True)
class Scheduled:
    workers: tuple[Member, ...]
    beats: tuple[Member, ...]
    redis: RedisServer
    tasks: frozenset[str]
    """Their names: of the store that is used."""
    ended: list[tuple[str, int]] = field(default_factory=list)
    """Name and exit code of each process that ended, in their order."""

    @property
    def holder(self) -> int | None:
        """Process id of the beat that has the lock."""
        with contextlib.suppress(redis.RedisError), self.redis.client() as client:
            value = client.get(LOCK_KEY)
            return int(bytes(value).split(b":")[-2]) if value else None
        return None

    @property
    def leader(self) -> Member | None:
        holder = self.holder
        return next((beat for beat in self.beats if beat.running and _pid(beat) == holder), None)

    def complete(self) -> bool:
        """Whether one beat leads, the other stands by, and the workers take tasks."""
        standing = all(beat.running and "beat: standing by" in beat.said() for beat in self.beats)
        return standing and self.leader is not None and all(_takes_tasks(worker) for worker in self.workers)

    def restored(self) -> bool:
        """Whether Redis has the whole schedule."""
        with contextlib.suppress(redis.RedisError), self.redis.client() as client:
            named = {bytes(name).decode() for name in client.smembers(STATICS)}
            return named == self.tasks and client.zcard(SCHEDULE) == len(self.tasks)
        return False

    def waiting(self, task: str) -> int:
        """How many messages for it nobody has taken."""
        with self.redis.client() as client:
            return sum(f'"tokens.{task}"'.encode() in text for text in client.lrange(QUEUE, 0, -1))

    def messages(self, since: float) -> list[Message]:
        """What the beats sent since then."""
        logs = "".join(beat.log.read_text(errors="replace") for beat in self.beats if beat.log.exists())
        matches = (Message(each["task"], float(each["at"]), int(each["pid"])) for each in MESSAGE.finditer(logs))
        return [message for message in matches if message.at >= since]

    def log_of(self, name: str) -> str:
        """What a process said, through all its starts."""
        [log] = [member.log for member in (*self.workers, *self.beats) if member.name == name]
        return log.read_text(errors="replace")

    def kill_redis(self) -> None:
        """kill -9: it kept nothing."""
        stop(self.redis.process, first=signal.SIGKILL)

    def look(self, member: Member) -> None:
        """Starts it again, a moment after it ended."""
        if member.process is not None and not member.running:
            self.ended.append((member.name, member.process.returncode))
            time.sleep(AGAIN)  # as a supervisor does
            member.kill()  # children that outlived it
            member.start()


@contextlib.contextmanager
def scheduled(cluster: Cluster, broker: RedisServer, tasks: frozenset[str]) -> Iterator[Scheduled]:
    """Started, and not waited for. When the block ends they are gone, and what they left in the broker."""
    both = Scheduled(_members("worker", cluster, broker), _members("beat", cluster, broker), broker, tasks)
    members = (*both.workers, *both.beats)
    with _table(cluster.database_url):
        try:
            for member in members:
                member.start()
            # A thread each. The choice is only when it looks.
            with Repeating([(lambda member=member: both.look(member), Random(0)) for member in members], 0.1):  # type: ignore[misc]  # noqa: S311 likewise
                yield both
        finally:
            for member in members:
                member.kill()
            with broker.client() as client:
                client.flushall()


@contextlib.contextmanager
def _table(database_url: str) -> Iterator[None]:
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("DROP TABLE IF EXISTS drill_work")
        database.execute(WORK)
        yield
        database.execute("DROP TABLE drill_work")


def _members(role: str, cluster: Cluster, broker: RedisServer) -> tuple[Member, ...]:
    environ = {
        **cluster.environ,
        "REDIS_URL": broker.url,
        "IDP_ROLE": role,
        "IDP_LOG_LEVEL": "INFO",
        "IDP_BEAT_LOOP": str(LOOP),
        "IDP_BEAT_LOCK": str(LOCK),
        "IDP_TOKENS_FETCH_ALLOW": "127.0.0.1",
        "TEST_INTERVAL": str(INTERVAL),
        "TEST_HOLD": str(HOLD),
        "TEST_LEASE": str(LEASE),
    }
    folder = cluster.nodes[0].log.parent
    names = [f"drilled-{role}-{number}" for number in range(1, EACH + 1)]
    logs = {name: _new(folder / f"{name}.log") for name in names}
    return tuple(
        Member(Program(name=name, kind=role, command=_command(role, name), environ=environ, log=log))
        for name, log in logs.items()
    )


def _command(role: str, name: str) -> list[str]:
    own = ["--hostname", f"{name}@%h"] if role == "worker" else ["--scheduler", "tests.drills.noted:Scheduler"]
    return [sys.executable, "-m", "celery", "-A", "tests.drills.noted", role, "--loglevel", "INFO", *own]


def _new(log: Path) -> Path:
    log.unlink(missing_ok=True)
    return log


def _pid(member: Member) -> int | None:
    return member.process.pid if member.process is not None else None


def _takes_tasks(worker: Member) -> bool:
    return worker.running and " ready." in worker.said()
