"""The environments that other people's relying parties run in."""

import subprocess
from pathlib import Path

import pytest

from tests.outside.parties.environment import environment, names

PROGRAMS = {
    "httpx_oauth": ("program.py", "import httpx_oauth as it\nprint(it.__name__)", "httpx_oauth"),
    "oauth4webapi": (
        "program.mjs",
        "import { discoveryRequest as it } from 'oauth4webapi'\nconsole.log(it.name)",
        "discoveryRequest",
    ),
}
"""By environment: a program that needs it, and what it prints."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_finds_what_its_environment_pins(tmp_path: Path, name: str) -> None:
    file, text, printed = PROGRAMS[name]
    (tmp_path / file).write_text(text)
    made = environment(name)
    for _ in range(2):
        said = subprocess.run(made.command(tmp_path / file), check=True, capture_output=True, text=True).stdout
        assert said.strip() == printed
    assert environment(name).installed == made.installed


def test_what_is_pinned_is_pinned_by_hash() -> None:
    folder = Path(__file__).parent
    for name in names():
        texts = [file.read_text() for file in (folder / name).glob("requirements.txt")]
        texts += [file.read_text() for file in (folder / name).glob("package-lock.json")]
        assert len(texts) == 1, name
        assert "--hash=sha256:" in texts[0] or '"integrity": "sha512-' in texts[0], name
