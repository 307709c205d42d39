"""What the processor spent on a server, for the scripts here that ask one: Linux only, from /proc."""

import contextlib
import os
from pathlib import Path
from typing import Protocol


class Server(Protocol):
    """`processes`: the process group of the server. `database`: the name of its database."""

    @property
    def processes(self) -> int: ...
    @property
    def database(self) -> str: ...


def spent(server: Server) -> tuple[float, float]:
    """CPU seconds so far of the server's processes, and of its connections' in the database."""
    own = database = 0.0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            group, seconds = _group_and_seconds(process)
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            own += seconds if group == server.processes else 0
            database += seconds if line.startswith(f"postgres: postgres {server.database} ") else 0
    return own, database


def _group_and_seconds(process: Path) -> tuple[int, float]:
    fields = (process / "stat").read_text().rpartition(") ")[2].split()
    return int(fields[2]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
