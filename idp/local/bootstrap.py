"""Finds or builds the Python environment that a command runs in. Only the standard library: nothing is installed yet.

`.venv/<cache tag>/` (cpython-311, cpython-313, …) is built in a draft next to it, under a lock, and renamed. Its
scripts keep the draft's path, so tools are run as `python -m`.
"""

import contextlib
import fcntl
import hashlib
import json
import operator
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from idp.local.processes import CannotStart

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
ENVIRONMENTS = ROOT / ".venv"
TAG = sys.implementation.cache_tag
KINDS = ("base", "local", "test")
"""Each holds everything of the one before."""
BASE = str(getattr(sys, "_base_executable", None) or sys.executable)
"""The interpreter beneath a virtual environment, so that an environment never leans on another."""

MARKERS = {
    "implementation_name": sys.implementation.name,
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_system": platform.system(),
    "python_full_version": platform.python_version(),
    "sys_platform": sys.platform,
}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
REMEDIES = (
    ("no space left", f"free some space on the disk of {ROOT}"),
    ("permission denied", f"make {ROOT} writable, or clone into a folder of yours"),
    ("read-only file system", f"make {ROOT} writable, or clone into a folder of yours"),
    ("hash", "the package index serves other files than the pinned ones: check the index settings of pip and uv"),
    ("ensurepip", "install your system's venv package (python3-venv) or uv"),
    ("no module named pip", "install your system's pip package (python3-pip) or uv"),
    ("no module named venv", "install your system's venv package (python3-venv) or uv"),
)
NETWORK = "check the network, and the proxy and index settings of pip and uv"


class InstallFailed(Exception):
    """A tool could not install; `said` is everything it wrote, for the remedy."""

    def __init__(self, fault: str, said: str = "") -> None:
        super().__init__(fault)
        self.said = said


def interpreter(kind: str) -> str:
    """The Python that has what requirements/`kind`.txt pins: this one, or that of .venv/, built if it is missing."""
    if _current(kind) and Path(sys.prefix) == _folder():
        return sys.executable
    if satisfied(kind):
        return sys.executable
    if not _current(kind):
        _build(kind)
    return str(_folder() / "bin" / "python")


def apart(name: str, requirements: Path) -> str:
    """The Python of an environment of its own, for what does not fit beside ours: it has what `requirements` pins, and
    is built if it is missing."""
    made_from = f"{os.path.realpath(BASE)} {sys.version}".encode() + requirements.read_bytes()
    folder = ENVIRONMENTS / f"{name}-{TAG}-{hashlib.sha256(made_from).hexdigest()[:12]}"
    if not folder.exists():
        with _builder():
            if not folder.exists():
                say(f"preparing .venv/{folder.name} (once)")
                draft = ENVIRONMENTS / f".{folder.name}.draft"
                install(draft, requirements)
                draft.rename(folder)
    return str(folder / "bin" / "python")


def satisfied(kind: str) -> bool:
    """Whether the Python that runs now has every pin that applies to it."""
    return all(_installed(name) == version for name, version in pins(REQUIREMENTS / f"{kind}.txt"))


def pins(requirements: Path) -> Iterator[tuple[str, str]]:
    """Name and version of each pin whose marker holds here."""
    for line in requirements.read_text().splitlines():
        requirement, _, marker = line.rstrip(" \\").partition(";")
        name, pinned, version = requirement.strip().partition("==")
        if pinned and not name.startswith(("#", "-")) and applies(marker.strip()):
            yield name, version


def applies(marker: str) -> bool:
    """PEP 508's markers, as far as uv writes them: alternatives (`or`) of conditions (`and`)."""
    alternatives = marker.replace("(", "").replace(")", "").split(" or ")
    return not marker or any(all(map(_holds, alternative.split(" and "))) for alternative in alternatives)


def _holds(condition: str) -> bool:
    variable, comparison, literal = condition.split()
    here, wanted = MARKERS[variable], literal.strip("'\"")
    if variable == "python_full_version":
        return OPERATORS[comparison](_numbers(here), _numbers(wanted))
    return OPERATORS[comparison](here, wanted)


def _numbers(version: str) -> list[int]:
    digits = [int("".join(filter(str.isdigit, part)) or 0) for part in version.split(".")]
    return [*digits, 0, 0][:3]


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _folder() -> Path:
    return ENVIRONMENTS / str(TAG)


def _stamp() -> dict[str, str]:
    """What the environment was made from and for."""
    try:
        stamp = json.loads((_folder() / "stamp.json").read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _fresh_stamp(kind: str) -> dict[str, str]:
    digests = {held: _digest(held) for held in KINDS[: KINDS.index(kind) + 1]}
    return {"interpreter": os.path.realpath(BASE), "version": sys.version, **digests}


def _digest(name: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{name}.txt").read_bytes()).hexdigest()


def _current(kind: str) -> bool:
    return _fresh_stamp(kind).items() <= _stamp().items()


def _build(kind: str) -> None:
    with _builder():
        if not _current(kind):
            _replace(max([kind, *(held for held in KINDS if held in _stamp())], key=KINDS.index))


@contextlib.contextmanager
def _builder() -> Iterator[None]:
    """The only one, where environments are. CannotStart, with the remedy, where nothing can be written."""
    try:
        ENVIRONMENTS.mkdir(exist_ok=True)
        with _lock():
            yield
    except OSError as error:
        raise CannotStart(
            f"cannot write {error.filename or ENVIRONMENTS} ({error.strerror}): {_remedy(str(error))}"
        ) from None


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    with open(ENVIRONMENTS / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another manage.py prepares the environment; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(kind: str) -> None:
    draft, old = ENVIRONMENTS / f".{TAG}.draft", ENVIRONMENTS / f".{TAG}.old"
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    say(f"preparing .venv/{TAG} for Python {platform.python_version()} from requirements/{kind}.txt (once)")
    install(draft, REQUIREMENTS / f"{kind}.txt")
    (draft / "stamp.json").write_text(json.dumps(_fresh_stamp(kind)))
    if _folder().exists():
        _folder().rename(old)
    draft.rename(_folder())
    shutil.rmtree(old, ignore_errors=True)


def install(folder: Path, requirements: Path) -> None:
    """Makes `folder` an environment with what is pinned: by the uv of PATH, else by a pinned one, else by pip, saying
    why the next is tried. CannotStart, with the remedy, if none can."""
    for name, installer in INSTALLERS.items():
        shutil.rmtree(folder, ignore_errors=True)
        try:
            return installer(folder, requirements)
        except InstallFailed as error:
            last = error
            say(f"cannot use {name}: {error}")
    raise CannotStart(f"cannot install {requirements.parent.name}/{requirements.name} ({last}): {_remedy(last.said)}")


def _with_uv_of_path(draft: Path, requirements: Path) -> None:
    uv = shutil.which("uv")
    if uv is None:
        raise InstallFailed("there is none")
    _with_uv(uv, draft, requirements)


def _with_pinned_uv(draft: Path, requirements: Path) -> None:
    folder = ENVIRONMENTS / f"uv-{_digest('uv')[:12]}"
    if not folder.exists():
        fresh = ENVIRONMENTS / ".uv.draft"
        shutil.rmtree(fresh, ignore_errors=True)
        say("fetching the pinned uv")
        _pip(BASE, "--target", str(fresh), "-r", str(REQUIREMENTS / "uv.txt"))
        fresh.rename(folder)
    _with_uv(str(folder / "bin" / "uv"), draft, requirements)


def _with_uv(uv: str, draft: Path, requirements: Path) -> None:
    say(f"installing {requirements.name} with uv")
    _run(uv, "venv", "--quiet", "--no-project", "--relocatable", "--python", BASE, str(draft))
    python = str(draft / "bin" / "python")
    _run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(requirements))


def _with_pip(draft: Path, requirements: Path) -> None:
    say(f"installing {requirements.name} with pip")
    _run(BASE, "-m", "venv", str(draft))
    _pip(str(draft / "bin" / "python"), "-r", str(requirements))


def _pip(python: str, *arguments: str) -> None:
    options = ("--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes", "--retries", "2")
    _run(python, "-m", "pip", "install", *options, *arguments)


def _run(*command: str) -> None:
    # Where pip installs is ours to say, not the user's configuration of it.
    placing = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")
    environ = {name: value for name, value in os.environ.items() if name not in placing}
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environ)
    except OSError as error:
        raise InstallFailed(f"{command[0]} does not run ({error.strerror})", str(error)) from None
    if done.returncode != 0:
        said = done.stderr or done.stdout
        raise InstallFailed(_gist(said), said)


def _gist(said: str) -> str:
    """The first line that says what is wrong: tools put explanations after it, and tracebacks before."""
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip()]
    faults = [line for line in lines if "error" in line.lower() and not line.startswith("WARNING")]
    return (faults or lines or ["it said nothing"])[0][:200]


def _remedy(said: str) -> str:
    return next((remedy for sign, remedy in REMEDIES if sign in said.lower()), NETWORK)


INSTALLERS = {"the uv in PATH": _with_uv_of_path, "the pinned uv": _with_pinned_uv, "pip": _with_pip}


def say(line: str) -> None:
    """Tells the person at the terminal what takes the time."""
    print(f"manage.py: {line}", file=sys.stderr, flush=True)
