"""A clock of a process's own: the environment that starts one whose clock is ahead, by libfaketime, or can be set."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers.debian import CACHE, Package

PACKAGE = Package(
    "libfaketime",
    "libfaketime",
    "install faketime, or set TEST_FAKETIME to libfaketime.so.1",
)
AWAKE = Path(__file__).parent / "awake"
PLACES = ("/usr/lib", str(CACHE / PACKAGE.name / "usr/lib"))


def ahead(seconds: int) -> dict[str, str]:
    """Behind where `seconds` are less than 0."""
    return {"FAKETIME": _offset(seconds), **_faked()}


@dataclass(frozen=True, slots=True)
class Dial:
    """A file that says how far the clock of those is ahead who live by it: to set it is to step their clocks."""

    path: Path

    def set_to(self, seconds: int) -> None:
        written = self.path.with_suffix(".new")
        written.write_text(_offset(seconds))
        written.replace(self.path)

    @property
    def environ(self) -> dict[str, str]:
        return {"FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1", **_faked()}


def awake(environ: Mapping[str, str]) -> dict[str, str]:
    """For a process that lives under such a clock: it can sleep, and goes on finding its modules."""
    return {"PYTHONPATH": f"{AWAKE}:{environ['PYTHONPATH']}"}


def _offset(seconds: int) -> str:
    return f"{seconds:+d}s"


def _faked() -> dict[str, str]:
    """The monotonic clock is left as it is, so that nothing waits longer, and the times of files, by which gunicorn
    sees that its workers live. And threads wait by it as they are: else each wait with a limit is tens of milliseconds
    late."""
    kept = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0", "NO_FAKE_STAT": "1"}
    return {"LD_PRELOAD": str(_library()), **kept}


def _library() -> Path:
    if own := os.environ.get("TEST_FAKETIME"):
        return Path(own)
    library = _installed()
    if library is None:
        PACKAGE.unpacked(CACHE / PACKAGE.name)
        library = _installed()
    assert library is not None, "Debian's libfaketime holds no libfaketime.so.1"
    return library


def _installed() -> Path | None:
    everywhere = (path for place in PLACES for path in Path(place).glob("*-linux-*/faketime/libfaketime.so.1"))
    return next(everywhere, None)
