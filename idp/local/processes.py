"""Child processes in groups of their own: started, watched and stopped so that none is left behind."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_given: set[int] = set()
LOOPBACK = "127.0.0.1"
GRACE = 10.0
END_WITH_PARENT = Path(__file__).with_name("end_with_parent.py")


class CannotStart(Exception):
    """Something that a command needs cannot be had. Its message is one line that names the remedy."""


def start(
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str] | None = None,
    log: Path | None = None,
    quiet: bool = False,
    user: str | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Starts `command` in its own process group; its output goes to `log`, or where ours goes (`quiet`: its errors).
    `folder`: where it runs, if not where we do."""
    with open(log, "ab") if log else contextlib.nullcontext() as output:
        return subprocess.Popen(
            [str(part) for part in command],
            env=environ,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=() if user else None,
        )


def ends_with_us(number: int = signal.SIGTERM) -> list[str]:
    """What to put before a command so that it gets this signal when we end without stopping it (on Linux)."""
    return [sys.executable, "-I", "-S", str(END_WITH_PARENT), str(os.getpid()), str(int(number))]


def stop(process: subprocess.Popen[bytes], *, first: int = signal.SIGTERM, grace: float = GRACE) -> int:
    """Asks the group to end, kills what is left of it after `grace` seconds, and returns the leader's exit code."""
    signal_group(process, first)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    signal_group(process, signal.SIGKILL)
    return process.wait()


def stop_together(processes: Sequence[subprocess.Popen[bytes]], grace: float, *, first: int = signal.SIGTERM) -> None:
    """Asks only each leader to end, which knows how to end its children, and kills what is left after `grace`."""
    deadline = time.monotonic() + grace
    for process in processes:
        for number in (first, signal.SIGCONT):  # a process that somebody paused could not end
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    for process in processes:
        signal_group(process, signal.SIGKILL)
        process.wait()


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Sends a signal to the process and its children; one that has ended is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def running(process: subprocess.Popen[bytes], *, first: int = signal.SIGTERM) -> Iterator[subprocess.Popen[bytes]]:
    """Stops the process when the block ends, however it ends."""
    try:
        yield process
    finally:
        stop(process, first=first)


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, *, timeout: float = 30.0
) -> None:
    """Polls `ready` until it is true. CannotStart if the process ends before, or after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not ready():
        if process.poll() is not None:
            raise CannotStart(f"{name} ended with exit code {process.returncode} while it started")
        if time.monotonic() > deadline:
            raise CannotStart(f"{name} did not answer within {timeout:.0f} seconds")
        time.sleep(0.02)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment; another one each time, for who asked before may not
    listen yet."""
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


def last_line(log: Path) -> str:
    """The last line of a log that says something, for an error message."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
