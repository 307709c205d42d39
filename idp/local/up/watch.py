"""Tells which files of the product changed, for `up --reload`."""

from collections.abc import Iterator
from pathlib import Path

from idp.local.command_lines import ROOT

FOLDERS = ("accounts", "deploy", "idp", "templates", "tokens")
ENDINGS = (".py", ".html", ".txt", ".css", ".js", ".svg")
PREPARED = ("migrations", "static")
"""What is in a folder of one of these names is used by `manage.py prepare`, not by the server."""


class Watch:
    """Looks at the times of change of all files: some hundred, which takes a few milliseconds."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._seen = dict(self._times())

    def changed(self) -> list[Path]:
        """The files that were changed, added or deleted since the last look, relative to the root."""
        now = dict(self._times())
        changed = sorted(path for path in now.keys() | self._seen.keys() if now.get(path) != self._seen.get(path))
        self._seen = now
        return [path.relative_to(self._root) for path in changed]

    def _times(self) -> Iterator[tuple[Path, int]]:
        for folder in FOLDERS:
            for path in (self._root / folder).rglob("*"):
                if path.suffix in ENDINGS:
                    try:
                        yield path, path.stat().st_mtime_ns
                    except FileNotFoundError:  # deleted between the two looks
                        continue


def needs_preparing(changed: list[Path]) -> bool:
    """Whether tables or static files have to be made again."""
    return any(name in path.parts for path in changed for name in PREPARED)
