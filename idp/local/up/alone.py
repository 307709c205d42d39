"""One `up` on one folder: a second one's issuer would be the database's from then on, and the first would answer
nobody any more."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from idp.conf import Deployment
from idp.local.processes import CannotStart

LOCK = "up.lock"
"""In the folder; it says which issuer runs on it."""


def look(deployment: Deployment) -> None:
    """CannotStart where another runs on the folder. Makes nothing."""
    file = _file(deployment)
    if file.exists():
        with file.open("r+") as lock:
            _take(lock, deployment)


@contextlib.contextmanager
def alone(deployment: Deployment) -> Iterator[None]:
    """The folder is this `up`'s meanwhile, also where it is killed, and not its children's."""
    if deployment.base_url is not None:
        # Its issuer is not where it listens: several nodes of one may stand on one folder.
        yield
        return
    with _file(deployment).open("a+") as lock:
        _take(lock, deployment)
        lock.truncate(0)
        lock.write(f"{deployment.issuer}\n")
        lock.flush()
        yield


def _take(lock: IO[str], deployment: Deployment) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise CannotStart(
            f"{deployment.data} is in use: {lock.read().strip() or 'another `up`'} runs on it: use that one, stop it,"
            " or choose another folder with --data"
        ) from None


def _file(deployment: Deployment) -> Path:
    return deployment.data / LOCK
