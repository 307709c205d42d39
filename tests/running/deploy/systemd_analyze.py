"""systemd's own judge of units: this machine's, or the one of Debian's package. No systemd need run."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers import debian
from tests.servers.debian import Package

PACKAGE = "systemd"
CACHE = debian.CACHE / PACKAGE
REMEDY = "install systemd's tools (systemd-analyze)"


def systemd_analyze(*arguments: str, folder: Path) -> tuple[int, str]:
    """The exit code, and all that it said."""
    command = [shutil.which("systemd-analyze") or _fetched(), *arguments]
    library = [
        *CACHE.glob("usr/lib/*-linux-*"),
        *CACHE.glob("usr/lib/*-linux-*/systemd"),
        *CACHE.glob("usr/lib/systemd"),
    ]
    environ = {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, library)), "SYSTEMD_COLORS": "0"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _fetched() -> str:
    if not CACHE.exists():
        print(f"test: no systemd-analyze here; fetching Debian's {PACKAGE} (5 MB, once)", flush=True)
    return str(Package(PACKAGE, "systemd-analyze", REMEDY).unpacked(CACHE) / "usr" / "bin" / "systemd-analyze")
