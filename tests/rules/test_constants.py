"""One convention for what is said of a constant: a string below it, as tools show it; a short unit may trail it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("accounts", "bench", "deploy", "idp", "tests", "tokens")
REASON = 'write a string below the constant instead ("""What it is."""), or a short unit at the end of its line'


def misplaced(source: str) -> Iterator[str]:
    """The constants of a module that have a `#` line directly above. A heading is followed by an empty line."""
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and lines[max(statement.lineno - 2, 0)].startswith("#"):
            yield f"line {statement.lineno}: {lines[statement.lineno - 1]}"


def test_what_is_said_of_a_constant_stands_in_a_string_below_it() -> None:
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]

    faults = [f"{file.relative_to(ROOT)}, {fault}" for file in files for fault in misplaced(file.read_text())]

    assert len(files) > 400
    assert faults == [], REASON


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("import os\n# Seconds.\nLIMIT = 3\n", ["line 3: LIMIT = 3"]),
        ("# By name.\nTABLE: dict[str, int] = {\n}\n", ["line 2: TABLE: dict[str, int] = {"]),
        ('LIMIT = 3\n"""Seconds."""\nOTHER = 4  # bytes\n', []),
        ("import os\n\n# --- A heading\n\nLIMIT = 3\n", []),
        ("LIMIT = 3\n", []),
    ],
)
def test_a_comment_above_a_constant_is_found(source: str, faults: list[str]) -> None:
    assert list(misplaced(source)) == faults
