"""`up --memory`: all that it keeps lies in memory, in a private folder on a tmpfs, and is gone at the end."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from idp.local.processes import CannotStart

TMPFS = Path("/dev/shm")  # noqa: S108 checked to be one, and the folder in it is ours alone
MOUNTS = Path("/proc/self/mounts")
PREFIX, DRAFT = "avouch-", ".avouch-"
NO_TMPFS = f"--memory: there is no tmpfs at {TMPFS} here: leave it out, or name a folder with --data"


@contextlib.contextmanager
def folder_in_memory() -> Iterator[Path]:
    """One that only its owner enters, for as long as it is held. CannotStart where the system has no place for it."""
    if not _is_tmpfs(TMPFS):
        raise CannotStart(NO_TMPFS)
    _remove_forsaken()
    try:
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=TMPFS))
    except OSError as error:
        raise CannotStart(f"--memory: cannot write to {TMPFS} ({error.strerror}): leave it out") from None
    with _held(draft) as held:
        assert held  # noqa: S101 nobody else looks at a draft
        folder = draft.rename(draft.with_name(draft.name.removeprefix(".")))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_forsaken() -> None:
    """The folders of those that were killed: nobody holds them."""
    for folder in TMPFS.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), _held(folder) as held:
            if held and folder.stat().st_uid == os.geteuid():
                shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Whether the folder is ours until the block, or the process, ends. Our children do not inherit that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def _is_tmpfs(folder: Path) -> bool:
    try:
        mounts = [line.split() for line in MOUNTS.read_text().splitlines()]
    except OSError:
        return False
    # Of several at one place, the last covers the others.
    return [kind for _, place, kind, *_ in mounts if place == str(folder)][-1:] == ["tmpfs"]
