"""What the `up` that runs on a folder was told, and a command of another terminal cannot guess: who may sign up, and in
which folder mail is. Neither is a secret; by what a server for mail is asked is one, and is to be said again."""

import contextlib
import json
import os
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
    write(data / FILE, {"process": os.getpid(), "settings": told})
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
        held = json.loads((data / FILE).read_text())
        os.kill(held["process"], 0)
    except OSError:  # nothing is there, nobody may read it, or that `up` was killed
        return {}
    settings: Mapping[str, str] = held["settings"]
    return settings
