"""wrk, and one case measured with it: BENCH_WRK, this machine's, or that of Debian's package."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from idp.local.processes import CannotStart
from tests.servers import debian
from tests.servers.debian import Package

SCRIPT = Path(__file__).with_name("peers.lua")
CACHE = debian.CACHE / "wrk"
REMEDY = "install wrk, or set BENCH_WRK to its program"


@dataclass(frozen=True, slots=True)
class Case:
    """What wrk asks, as the Lua of peers.lua; written when it is run, for what it holds may be spent."""

    script: Callable[[], str]
    threads: int = 1
    connections: int = 8

    def written(self) -> Self:
        """The same with what writing the script asks of the server behind it."""
        script = self.script()
        return replace(self, script=lambda: script)

    def alone(self) -> Self:
        """The same, one request after the other."""
        return replace(self, threads=1, connections=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """`rate`: a second. `p50`, `p99`: milliseconds of a request. `failures`: wrong answers and none. `finished`: right
    ones."""

    rate: float
    p50: float
    p99: float
    failures: int
    finished: int


def run(case: Case, url: str, seconds: int, most: int = sys.maxsize) -> Measured:
    """`most`: after how many answers a thread stops. CannotStart where wrk cannot be had; RuntimeError, with what it
    said, where it measured nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(case.script())
        file.flush()
        how = [f"-t{case.threads}", f"-c{case.connections}", f"-d{seconds}s", "--timeout", "20s"]
        command = [_program(), *how, "-s", str(SCRIPT), url, "--", file.name, str(most)]
        done = subprocess.run(command, env=_environ(), capture_output=True, text=True, check=False)
    result = re.search(r"RESULT ([\d.]+) ([\d.]+) ([\d.]+) (\d+) (\d+)", done.stdout)
    if result is None:
        raise RuntimeError(done.stdout + done.stderr)
    print(done.stderr, end="", file=sys.stderr)  # the first wrong answer of each thread
    return Measured(float(result[1]), float(result[2]), float(result[3]), int(result[4]), int(result[5]))


def _program() -> str:
    own = os.environ.get("BENCH_WRK") or shutil.which("wrk")
    if own and not os.access(own, os.X_OK):
        raise CannotStart(f"BENCH_WRK: {own} cannot be run: {REMEDY}")
    return own or str(Package("wrk", "wrk", REMEDY).unpacked(CACHE) / "usr" / "bin" / "wrk")


def _environ() -> dict[str, str]:
    """Where a fetched one finds libraries that this machine lacks."""
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, CACHE.glob("usr/lib/*-linux-*")))}
