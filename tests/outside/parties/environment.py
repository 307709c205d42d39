"""What other people's relying parties run in: an environment of its own for each, with what its folder here pins.

    environment("flask_pyoidc").command(program)     # any program that is written for flask-pyoidc

It is built once, into .venv/ or .cache/, and anew when the pins change. To pin others: change requirements.in, then
`uv pip compile --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt`, or
package.json, then `npm install --package-lock-only`, in that folder.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from idp.local import bootstrap
from tests.servers import nodejs

FOLDER = Path(__file__).parent
NODE_OPTIONS = ("--disable-warning=ExperimentalWarning",)


@dataclass(frozen=True, slots=True)
class Environment:
    installed: Path
    """Where it is kept."""
    run: Callable[[Path, Path], list[str]]

    def command(self, program: Path) -> list[str]:
        """The command line that runs the program, a file in a folder that may be written to."""
        return self.run(self.installed, program)


def environment(name: str, within: Path = FOLDER) -> Environment:
    """What the folder `name`, beside this file or elsewhere, pins, installed. CannotStart, with the remedy, if it
    cannot be."""
    pinned = next(file for file in PINNED if (within / name / file).exists())
    return PINNED[pinned](within / name)


def names() -> list[str]:
    """Of all environments that there are."""
    return sorted({found.parent.name for file in PINNED for found in FOLDER.glob(f"*/{file}")})


def _node(folder: Path) -> Environment:
    return Environment(nodejs.packages(folder), _beside_its_packages)


def _beside_its_packages(installed: Path, program: Path) -> list[str]:
    """Node looks for a program's packages beside it, and nowhere else where it is a module."""
    with contextlib.suppress(FileExistsError):
        (program.parent / "node_modules").symlink_to(installed / "node_modules")
    return [str(nodejs.executable()), *NODE_OPTIONS, str(program)]


def _python(folder: Path) -> Environment:
    python = bootstrap.apart(folder.name, folder / "requirements.txt")
    return Environment(Path(python).parents[1], lambda installed, program: [python, str(program)])


PINNED: Mapping[str, Callable[[Path], Environment]] = {"package-lock.json": _node, "requirements.txt": _python}
"""By the file that says what is in it."""
