"""What the `up` that runs on a folder was told, and a command of another terminal cannot guess: who may sign up, and in
which folder mail is. Neither is a secret; by what a server for mail is asked is one, and is to be said again."""

import contextlib
import fcntl
import json
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from idp.local.told import is_named, write

FILE = "running.json"
FOLDER, SERVER, SIGN_UP = "IDP_MAIL_FOLDER", "IDP_MAIL_URL", "IDP_ACCOUNTS_SIGN_UP"


@contextlib.contextmanager
def kept(data: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """Until the block ends others may read them. Sign-up needs mail: without the folder neither is of use."""
    if not environ.get(FOLDER):
        yield
        return
    told = {FOLDER: str(Path(environ[FOLDER]).absolute())}
    if environ.get(SIGN_UP):
        told[SIGN_UP] = environ[SIGN_UP]
    write(data / FILE, told)
    with (data / FILE).open() as file:
        # It goes with the process, however that ends, and so does what the file says.
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            (data / FILE).unlink(missing_ok=True)


def take(environ: MutableMapping[str, str], data: Path) -> None:
    """What this environment does not say itself, of the `up` that runs now."""
    told = _read(data)
    if is_named(environ, SERVER):
        told = {name: value for name, value in told.items() if name != FOLDER}
    environ.update({name: value for name, value in told.items() if not is_named(environ, name)})


def _read(data: Path) -> Mapping[str, str]:
    try:
        with (data / FILE).open() as file:
            if _is_let_go(file.fileno()):
                return {}
            told: Mapping[str, str] = json.load(file)
            return told
    except OSError:  # nothing is there, or nobody may read it
        return {}


def _is_let_go(file: int) -> bool:
    """Whether the `up` that wrote it was killed."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
