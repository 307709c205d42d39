"""Children that are started, watched, restarted and ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from idp.local.processes import CannotStart, free_port, running, start, stop, wait_until
from idp.local.supervisor import Restarted, Stopped, Stopping

# Ignores SIGTERM, and so does the child whose id it writes.
STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""


def alive(pid: int) -> bool:
    """Whether it runs; a zombie that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def sleeper() -> "subprocess.Popen[bytes]":
    return start([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_child_that_ignores_the_request_is_killed_with_its_own_children(tmp_path: Path) -> None:
    written = tmp_path / "pid"
    process = start([sys.executable, "-c", STUBBORN, str(written)])
    wait_until(lambda: written.exists() and written.read_text() != "", process, "it")
    child = int(written.read_text())
    assert stop(process, grace=0.2) == -signal.SIGKILL
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


def test_a_child_ends_with_the_block_even_when_the_block_fails() -> None:
    process = sleeper()
    with pytest.raises(RuntimeError), running(process):
        raise RuntimeError
    assert process.returncode == -signal.SIGTERM


def test_a_child_reads_nothing_from_our_terminal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert start([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"], log=log).wait() == 0
    assert log.read_text() == "''\n"


def test_waiting_for_a_child_that_ended_says_so() -> None:
    process = start([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(CannotStart, match="it ended with exit code 3"):
        wait_until(lambda: False, process, "it")


def test_waiting_has_an_end() -> None:
    with running(sleeper()) as process, pytest.raises(CannotStart, match="it did not answer within 0 seconds"):
        wait_until(lambda: False, process, "it", timeout=0.1)


def test_a_free_port_is_on_the_loopback_address() -> None:
    assert 1024 < free_port() < 65536


def test_a_process_that_ends_is_started_again_after_a_pause_that_doubles(capfd: pytest.CaptureFixture[str]) -> None:
    process = Restarted("it", [sys.executable, "-c", ""], os.environ)
    for now in (10.0, 11.0, 20.0, 22.0):
        process.process.wait()
        process.look(now)
    process.process.wait()
    process.look(30.0)
    process.stop()
    assert [line for line in capfd.readouterr().err.splitlines() if line] == [
        f"up: it ended (exit code 0); starting it again in {pause} s" for pause in (1, 2, 4)
    ]


def test_a_process_that_runs_is_left_alone() -> None:
    process = Restarted("it", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ)
    pid = process.process.pid
    process.look(1e9)
    assert process.process.pid == pid
    process.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_step_that_is_waited_for(number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    process = sleeper()
    try:
        stopping = Stopping()
        os.kill(os.getpid(), number)
        with pytest.raises(Stopped):
            stopping.wait_for(process)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert process.returncode == -signal.SIGTERM
