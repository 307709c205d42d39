"""The programs of `up --cluster`, by name: each is started again when it ends; all stop in good order."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from idp.local.processes import CannotStart, last_line, stop_together, wait_until
from idp.local.program import Program
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
"""Nothing new comes in, what was begun is finished, and all that this needs is there until then."""


class Running:
    def __init__(self, folder: Path) -> None:
        """`folder`: for a log of each."""
        self._folder = folder
        self.all: list[Restarted] = []

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def start(self, program: Program) -> subprocess.Popen[bytes]:
        """Starts one that ends with us, and whose log begins empty."""
        self.log(program.name).unlink(missing_ok=True)
        return self.add(Restarted(program.ends_with_us()))

    def add(self, restarted: Restarted) -> subprocess.Popen[bytes]:
        self.all.append(restarted)
        return restarted.process

    def wait(self, name: str, ready: Callable[[], bool]) -> None:
        """Until it is ready. CannotStart, with the end of its log, if it is not."""
        [restarted] = [each for each in self.all if each.program.name == name]
        try:
            wait_until(ready, restarted.process, name, timeout=PATIENCE)
        except CannotStart as error:
            raise CannotStart(f"{error}: {self._last_words(name)}") from None

    def _last_words(self, name: str) -> str:
        log = self.log(name)
        return f"{log} ends with: {last_line(log)}" if log.exists() else "it said why above"

    def of(self, *kinds: str) -> list[Restarted]:
        return [each for each in self.all if each.program.kind in kinds]

    def alive(self, kind: str) -> dict[str, int]:
        """The process ids of those that run, by name."""
        return {each.program.name: each.process.pid for each in self.of(kind) if each.process.poll() is None}

    def look(self) -> None:
        """Starts again what ended."""
        for each in self.all:
            each.look(time.monotonic())

    def stop(self) -> None:
        """In the order of STAGES."""
        for stage in STAGES:
            stop_together([each.process for each in self.of(*stage.kinds)], stage.grace, first=stage.first)
