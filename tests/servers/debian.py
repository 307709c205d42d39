"""Programs and libraries of Debian's packages, unpacked into a folder: needs neither root nor an installation."""

import contextlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from idp.local.processes import CannotStart

CACHE = Path(__file__).parents[2] / ".cache"


@dataclass(frozen=True, slots=True)
class Package:
    """`remedy`: what to do where it cannot be had. `more`: packages that its libraries need."""

    name: str
    what: str
    remedy: str
    more: tuple[str, ...] = ()

    def unpacked(self, into: Path) -> Path:
        """The folder that it is unpacked into, once."""
        if not into.exists():
            into.parent.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=into.parent) as draft:
                self._unpack(Path(draft))
                # Another run may have been faster: its folder is as good.
                with contextlib.suppress(OSError):
                    (Path(draft) / "root").rename(into)
        return into

    def _unpack(self, folder: Path) -> None:
        # Lists of our own: a fresh machine has none, and only root may renew the machine's.
        (folder / "lists").mkdir()
        self._tool(folder, "apt-get", *_own(folder), "update")
        self._tool(
            folder, "apt-get", *_own(folder), "download", self.name, *self.more, *self._missing_libraries(folder)
        )
        for archive in sorted(folder.glob("*.deb")):
            self._tool(folder, "dpkg-deb", "-x", archive.name, "root")

    def _missing_libraries(self, folder: Path) -> list[str]:
        """The libraries that the package depends on and this machine lacks."""
        told = self._tool(folder, "apt-cache", *_own(folder), "depends", "--important", self.name)
        names = [line.split()[-1] for line in told.splitlines() if line.strip().startswith("Depends: lib")]
        status = ("dpkg-query", "--show", "--showformat=${db:Status-Status}")
        return [
            name
            for name in names
            if subprocess.run([*status, name], capture_output=True, text=True, check=False).stdout != "installed"
        ]

    def _tool(self, folder: Path, *command: str) -> str:
        """What one of Debian's tools printed."""
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
            )
        except OSError:
            text = f"there is neither {self.what} here nor Debian's {command[0]}: {self.remedy}"
            raise CannotStart(text) from None
        if done.returncode != 0:
            said = " ".join(done.stderr.split())[:200] or f"exit code {done.returncode}"
            raise CannotStart(f"Debian's {self.name} cannot be had ({said}): {self.remedy}")
        return done.stdout


def libraries(folder: Path) -> dict[str, str]:
    """Where a program that was unpacked into the folder finds the libraries that came with it."""
    return {"LD_LIBRARY_PATH": ":".join(map(str, (*folder.glob("usr/lib/*-linux-*"), *folder.glob("lib/*-linux-*"))))}


def _own(folder: Path) -> tuple[str, ...]:
    return ("-o", f"Dir::State::Lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}")
