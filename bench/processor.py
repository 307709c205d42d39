"""What the processor spent on a server, for the scripts here that ask one: Linux only, from /proc."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Server(Protocol):
    """`processes`: the process group of the server. `database`: the name of its database."""

    @property
    def processes(self) -> int: ...
    @property
    def database(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds so far of each process: of the server's, and of its connections' in the database."""

    server: dict[int, float]
    database: dict[int, float]

    def since(self, before: "Spent") -> tuple[float, float]:
        """CPU seconds of all of either. A connection that ended in between counts for nothing, not for less."""
        return _more(self.server, before.server), _more(self.database, before.database)


def spent(server: Server) -> Spent:
    made = Spent({}, {})
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            group, seconds = _group_and_seconds(process)
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if group == server.processes:
                made.server[int(process.name)] = seconds
            if line.startswith(f"postgres: postgres {server.database} "):
                made.database[int(process.name)] = seconds
    return made


def _more(after: Mapping[int, float], before: Mapping[int, float]) -> float:
    return sum(seconds - before.get(process, 0.0) for process, seconds in after.items())


def _group_and_seconds(process: Path) -> tuple[int, float]:
    fields = (process / "stat").read_text().rpartition(") ")[2].split()
    return int(fields[2]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
