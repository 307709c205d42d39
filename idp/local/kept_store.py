"""Which store the last `up` on a folder had, and how a command of another terminal reaches it."""

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from idp.local.told import is_named, write

KINDS = ("orm", "dynamodb")
FILE = "store.json"
NAME = "IDP_TOKENS_STORE"


def named(environ: Mapping[str, str]) -> bool:
    """Whether settings say which store it is."""
    return is_named(environ, NAME)


def chosen(data: Path) -> str:
    """The kind."""
    kind: str = _read(data).get("store", KINDS[0])
    return kind


def settings(data: Path) -> Mapping[str, str]:
    """With them the server is reached that an `up` runs now; empty where it runs none."""
    held: Mapping[str, str] = _read(data).get("settings", {})
    return held


def remember(data: Path, kind: str, settings: Mapping[str, str]) -> None:
    write(data / FILE, {"store": kind, "settings": settings})


def take(environ: MutableMapping[str, str], settings: Mapping[str, str]) -> None:
    """Nothing else says who we are at AWS: a profile of the operator's would be looked for."""
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update(settings)


def _read(data: Path) -> Mapping[str, Any]:
    try:
        held: Mapping[str, Any] = json.loads((data / FILE).read_text())
    except OSError:  # nothing is there, or nobody may read it, as whoever serves from the folder will say
        return {}
    return held
