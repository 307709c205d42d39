"""Keeps the processes of `up` running, and ends them together."""

import contextlib
import signal
import subprocess
import sys
import time

from idp.local.processes import CannotStart, signal_group, stop
from idp.local.program import Program

PATIENCE = 60.0


class Stopped(Exception):
    """The person, or the system, asked us to stop."""


class Stopping:
    """Notes SIGINT, SIGTERM and SIGHUP. `check` is called between steps, so no step is torn in the middle."""

    def __init__(self) -> None:
        self.requested = False
        self._watched: list[tuple[subprocess.Popen[bytes], str]] = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: object) -> None:
        self.requested = True

    def watch(self, process: subprocess.Popen[bytes], ended: str) -> None:
        """From now on `check` fails with this line, where it has ended."""
        self._watched.append((process, ended))

    def check(self) -> None:
        if self.requested:
            say("stopping")
            raise Stopped
        for process, ended in self._watched:
            if process.poll() is not None:
                raise CannotStart(ended)

    def wait_for(self, process: subprocess.Popen[bytes]) -> int:
        """Waits until the process ends; returns its exit code. Stopped ends it first."""
        try:
            while process.poll() is None:
                self.check()
                time.sleep(0.02)
        finally:
            stop(process)
        return process.returncode


class Restarted:
    """A process that is started again when it ends, for ever, after a pause that doubles from one second to a minute.

    Once it has run for a minute, the next pause is a second again.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process = program.start()
        self._pause, self._due, self._since = 1.0, 0.0, 0.0

    def look(self, now: float) -> None:
        """Starts it again if it has ended and its pause is over. `now` is monotonic seconds."""
        if self.process.poll() is None:
            return
        if not self._due:
            self._wait(now)
        elif now >= self._due:
            self.process, self._due, self._since = self.program.start(), 0.0, now
            say(f"{self.program.name} runs again (process {self.process.pid})")

    def stop(self) -> None:
        stop(self.process)

    def _wait(self, now: float) -> None:
        # Children that outlive it hold its port.
        signal_group(self.process, signal.SIGKILL)
        if now - self._since > PATIENCE:
            self._pause = 1.0
        say(
            f"{self.program.name} ended (exit code {self.process.returncode}); starting it again in {self._pause:.0f} s"
        )
        self._due, self._pause = now + self._pause, min(2 * self._pause, PATIENCE)


def say(line: str) -> None:
    """One line to the person at the terminal, apart from what was asked for."""
    with contextlib.suppress(OSError):  # a terminal that was closed
        print(f"up: {line}", file=sys.stderr, flush=True)
