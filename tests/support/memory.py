"""The memory of a process and its children."""

from pathlib import Path


def megabytes(leader: int) -> float:
    """Proportional set size of the process group: what several share counts once."""
    return sum(_pss(folder) for folder in Path("/proc").glob("[0-9]*") if _group(folder) == leader)


def of(pid: int) -> float:
    """Of one process."""
    return _pss(Path(f"/proc/{pid}"))


def _group(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return None


def _pss(process: Path) -> float:
    for line in (process / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no Pss in smaps_rollup")
