"""One process of a cluster, started as `up` starts it: for tests and drills, which end, kill and pause it."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from idp.conf import Role
from idp.local import command_lines, program
from idp.local.processes import GRACE, LOOPBACK, signal_group, stop_together, wait_until
from idp.local.program import Program
from idp.local.up.leader import GOT, LEFT


class Member:
    """Not started yet. What it says is appended to `log`."""

    def __init__(self, program: Program) -> None:
        assert program.log is not None
        self.program = program
        self.log = program.log
        self.process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def environ(self) -> Mapping[str, str]:
        return self.program.environ

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def running(self) -> bool:
        """Whether its process lives, paused or not."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Starts it, without waiting until it does anything."""
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        self.process = self.program.start()

    def stop(self, grace: float = GRACE) -> None:
        """SIGTERM to its leader; kills what is left of it after `grace` seconds."""
        if self.process is not None:
            stop_together([self.process], grace)

    def kill(self) -> None:
        """kill -9 of all its processes at once: nothing is finished, nobody is told."""
        if self.process is not None:
            signal_group(self.process, signal.SIGKILL)
            self.process.wait()

    def kill_children(self) -> None:
        """kill -9 of the processes that do the work; their leader starts others."""
        for child in self.children():
            os.kill(child, signal.SIGKILL)

    def children(self) -> list[int]:
        """The processes that do the work."""
        if self.process is None:
            return []
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [*map(int, children.split())]

    def pause(self) -> None:
        """All its processes stand still, as on a machine that hangs: connections stay open, nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """After `pause`: they go on, and know nothing of the time between."""
        self._signal(signal.SIGCONT)

    def said(self) -> str:
        """Its log since it was last started."""
        with open(self.log, "rb") as log:
            log.seek(self._said_before)
            return log.read().decode(errors="replace")

    def _signal(self, number: int) -> None:
        if self.process is not None:
            signal_group(self.process, number)


class Worker(Member):
    def __init__(self, name: str, environ: Mapping[str, str], log: Path) -> None:
        super().__init__(program.worker(name, environ, log))

    def ready(self) -> bool:
        """Whether it takes tasks."""
        return self.running and f"{self.name}@" in self.said() and " ready." in self.said()


class Beat(Member):
    def __init__(self, name: str, environ: Mapping[str, str], log: Path) -> None:
        super().__init__(program.beat(name, environ, log))

    def leads(self) -> bool:
        """Whether it thinks so: one that was paused does until it goes on."""
        said = self.said() if self.running else ""
        return said.rfind(GOT) > said.rfind(LEFT)


class Balancer(Member):
    """Before `nodes` (name, port, role). `patterns`: of the paths that back nodes answer."""

    def __init__(
        self,
        port: int,
        nodes: Sequence[tuple[str, int, Role]],
        patterns: Sequence[str],
        environ: Mapping[str, str],
        log: Path,
    ) -> None:
        super().__init__(program.balancer(port, nodes, patterns, environ, log))
        self.port = port
        self.url = self.program.where

    def wait(self) -> None:
        """Until it is ready. CannotStart if it does not get so."""
        assert self.process is not None
        wait_until(self.ready, self.process, f"the balancer (log: {self.log})")

    def ready(self) -> bool:
        """Whether it has a node for people and one for programs."""
        return all(command_lines.healthy(LOOPBACK, self.port, self.url, path=path) for path in program.BALANCED)
