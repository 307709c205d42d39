"""What the files of a data folder have in common that say what a command of another terminal is not told."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(path: Path, value: Mapping[str, Any]) -> None:
    """In one step: others read it at any time."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(value))
    draft.rename(path)


def is_named(environ: Mapping[str, str], name: str) -> bool:
    """Whether the environment says the setting itself, or by its file."""
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))
