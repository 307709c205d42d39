"""The processes of `up --cluster`, by name: each is restarted when it ends; all stop in good order."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from idp.local.processes import CannotStart, ends_with_us, last_line, stop_together, wait_until
from idp.local.up.supervisor import Restarted

PATIENCE = 60.0
"""Seconds: seven of them start at once."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What stops at the same time, and how long it may take (seconds)."""

    kinds: tuple[str, ...]
    grace: float
    first: int = signal.SIGTERM


STAGES = (
    Stage(("demo", "balancer"), 3.5),
    Stage(("front", "back", "worker", "beat"), 4.0),
    Stage(("Valkey",), 1.0),
    # Its fast shutdown, which does not wait for clients.
    Stage(("PostgreSQL",), 4.0, signal.SIGINT),
)
"""Nothing new comes in, what was begun is finished, and whatever that needs is there until then."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    kind: str
    where: str
    """Its address; empty if nobody connects to it."""
    process: Restarted


class Parts:
    def __init__(self, folder: Path) -> None:
        """`folder`: for a log of each."""
        self._folder = folder
        self.all: list[Part] = []

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def start(
        self, name: str, kind: str, where: str, command: Sequence[str | Path], environ: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Starts one that ends with us, and whose log begins anew."""
        self.log(name).unlink(missing_ok=True)
        return self.add(
            Part(name, kind, where, Restarted(name, [*ends_with_us(), *command], environ, log=self.log(name)))
        )

    def add(self, part: Part) -> subprocess.Popen[bytes]:
        self.all.append(part)
        return part.process.process

    def wait(self, name: str, ready: Callable[[], bool]) -> None:
        """Until it is ready. CannotStart, with the end of its log, if it is not."""
        [part] = [part for part in self.all if part.name == name]
        try:
            wait_until(ready, part.process.process, name, timeout=PATIENCE)
        except CannotStart as error:
            raise CannotStart(f"{error}: {self._told(name)}") from None

    def _told(self, name: str) -> str:
        log = self.log(name)
        return f"{log} ends with: {last_line(log)}" if log.exists() else "it said why above"

    def of(self, *kinds: str) -> list[Part]:
        return [part for part in self.all if part.kind in kinds]

    def running(self, kind: str) -> dict[str, int]:
        """The process ids of those that run, by name."""
        processes = {part.name: part.process.process for part in self.of(kind)}
        return {name: process.pid for name, process in processes.items() if process.poll() is None}

    def look(self) -> None:
        """Starts again what ended."""
        for part in self.all:
            part.process.look(time.monotonic())

    def stop(self) -> None:
        """In the order of STAGES."""
        for stage in STAGES:
            stop_together([part.process.process for part in self.of(*stage.kinds)], stage.grace, first=stage.first)
