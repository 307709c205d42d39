"""The files of deploy/dynamodb, made from what the store does: `python -m tokens.stores.dynamodb.deployed FOLDER`."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tokens.stores.dynamodb import permissions, terraform

FILES: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "runtime.json": permissions.runtime,
    "creation.json": permissions.creation,
    "reconciling.json": permissions.reconciling,
    "tables.tf.json": terraform.document,
}


def text(name: str) -> str:
    return json.dumps(FILES[name](), indent=2) + "\n"


if __name__ == "__main__":
    for each in FILES:
        (Path(sys.argv[1]) / each).write_text(text(each))
