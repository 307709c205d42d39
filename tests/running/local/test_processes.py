"""Children that are started, watched, restarted and ended."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from idp.local.command_lines import with_root
from idp.local.processes import CannotStart, ends_with_us, free_port, running, start, stop, stop_together, wait_until
from idp.local.program import Program
from idp.local.up.supervisor import Restarted, Stopped, Stopping
from tests.support.waiting import until

STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""
"""Ignores SIGTERM, and so does the child whose id it writes."""

TIDY_CODE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("ready", flush=True)
time.sleep(60)
"""
"""Has something to do before it ends, as servers have."""
TIDY = [sys.executable, "-c", TIDY_CODE]


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
    until_dead(child)


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
    ports = [free_port() for _ in range(2000)]
    assert len({*ports}) == len(ports), "also while nobody listens on any of them yet"
    assert all(1024 < port < 65536 for port in ports)


def test_a_process_that_ends_is_started_again_after_a_pause_that_doubles(capfd: pytest.CaptureFixture[str]) -> None:
    process = Restarted(Program(name="it", kind="", command=[sys.executable, "-c", ""], environ=os.environ))
    for now in (10.0, 11.0, 20.0, 22.0):
        process.process.wait()
        process.look(now)
    process.process.wait()
    process.look(30.0)
    process.stop()
    lines = capfd.readouterr().err.splitlines()
    assert lines[::2] == [f"up: it ended (exit code 0); starting it again in {pause} s" for pause in (1, 2, 4)]
    assert all(re.fullmatch(r"up: it runs again \(process \d+\)", line) for line in lines[1::2])


def test_a_process_that_ran_for_a_while_is_started_again_soon(capfd: pytest.CaptureFixture[str]) -> None:
    process = Restarted(Program(name="it", kind="", command=[sys.executable, "-c", ""], environ=os.environ))
    for now in (10.0, 11.0, 20.0, 22.0, 83.0):
        process.process.wait()
        process.look(now)
    process.stop()
    assert capfd.readouterr().err.splitlines()[-1].endswith("starting it again in 1 s")


def test_what_a_process_leaves_behind_when_it_ends_is_killed(tmp_path: Path) -> None:
    """It may hold the port that the next one needs."""
    written = tmp_path / "pid"
    process = Restarted(
        Program(name="it", kind="", command=[sys.executable, "-c", STUBBORN, str(written)], environ=os.environ)
    )
    wait_until(lambda: written.exists() and written.read_text() != "", process.process, "it")
    child = int(written.read_text())
    process.process.kill()
    process.process.wait()
    assert alive(child)
    process.look(10.0)
    until_dead(child)
    process.stop()


def test_processes_stop_together_the_paused_too_and_the_stubborn_are_killed(tmp_path: Path) -> None:
    written = tmp_path / "pid"
    log = tmp_path / "log"
    stubborn, paused, plain = start([sys.executable, "-c", STUBBORN, str(written)]), start(TIDY, log=log), sleeper()
    wait_until(lambda: written.exists() and written.read_text() != "", stubborn, "it")
    wait_until(lambda: log.read_text() == "ready\n", paused, "it")
    paused.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    stop_together([stubborn, paused, plain], 1.0)
    assert (stubborn.returncode, paused.returncode, plain.returncode) == (-signal.SIGKILL, 7, -signal.SIGTERM)
    assert time.monotonic() - began < 3
    until_dead(int(written.read_text()))


def test_stopping_together_asks_the_leader_alone(tmp_path: Path) -> None:
    """Its child is its own to end: a worker's would lose their task."""
    written = tmp_path / "child"
    code = (
        "import signal, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "def told(number, frame):\n"
        "    open(sys.argv[1], 'w').write(str(child.poll()))\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, told)\n"
        "print('ready', flush=True)\n"
        "child.wait()\n"
    )
    log = tmp_path / "log"
    process = start([sys.executable, "-c", code, str(written)], log=log)
    wait_until(lambda: log.read_text() == "ready\n", process, "it")
    stop_together([process], 5.0)
    assert written.read_text() == "None"


def test_a_tied_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    written = tmp_path / "pid"
    code = (
        "import pathlib, sys, time\n"
        "from idp.local.processes import start, ends_with_us\n"
        "child = start([*ends_with_us(), sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    process = start([sys.executable, "-c", code, str(written)], environ=with_root(os.environ))
    wait_until(lambda: written.exists() and written.read_text() != "", process, "it")
    child = int(written.read_text())
    becomes = [sys.executable, "-c", "import time; time.sleep(60)", ""]
    wait_until(lambda: Path(f"/proc/{child}/cmdline").read_text().split("\0") == becomes, process, "it")
    assert alive(child)
    process.kill()
    process.wait()
    until_dead(child)


def test_a_tied_process_whose_parent_ended_before_it_began_does_not_begin() -> None:
    command = ends_with_us()
    command[-2] = str(os.getppid())
    assert start([*command, sys.executable, "-c", ""]).wait() == 1


def until_dead(pid: int) -> None:
    until(lambda: not alive(pid))


def test_a_process_that_runs_is_left_alone() -> None:
    process = Restarted(
        Program(name="it", kind="", command=[sys.executable, "-c", "import time; time.sleep(60)"], environ=os.environ)
    )
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
