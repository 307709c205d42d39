"""A clock of a process's own: the environment that starts one whose clock is ahead, by libfaketime."""

import os
from pathlib import Path

from tests.servers.debian import CACHE, Package

PACKAGE = Package(
    "libfaketime",
    "libfaketime",
    "install faketime, or set TEST_FAKETIME to libfaketime.so.1",
)
PLACES = ("/usr/lib", str(CACHE / PACKAGE.name / "usr/lib"))


def ahead(seconds: int) -> dict[str, str]:
    """Its monotonic clock is left as it is: nothing waits longer or shorter."""
    return {"LD_PRELOAD": str(_library()), "FAKETIME": f"+{seconds}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


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
