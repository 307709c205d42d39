"""Copies of the product that a test may change, to show what a change takes and what breaks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("idp", "accounts", "tokens")


def copy_product(folder: Path) -> Path:
    """The product's packages, templates and its pyproject.toml in `folder`; without static files, which no test here
    serves."""
    for package in (*PACKAGES, "templates"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def insert_after(file: Path, line: str, new: str) -> None:
    """Adds a line to a file, after the only one that is `line`."""
    lines = file.read_text().splitlines()
    places = [place for place, text in enumerate(lines, 1) if text.strip() == line]
    assert len(places) == 1, (file, line, places)
    lines.insert(places[0], new)
    file.write_text("\n".join(lines) + "\n")


def run(root: Path, program: str) -> str:
    """What the program prints that runs in the copy, with Django set up."""
    done = subprocess.run(
        [sys.executable, "-c", "import django\ndjango.setup()\n" + program],
        cwd=root,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "idp.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
