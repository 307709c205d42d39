"""A live provider with APIs of each sort, a machine and a person that have tokens for them, and Python elsewhere."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from idp.local.processes import stop
from tests.outside.apis.world import PROVIDER, Serve, World, made
from tests.outside.parties.environment import environment
from tests.servers.provider import live_provider
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Person

FOLDER = Path(__file__).parent
PACKAGE = FOLDER.parents[2] / "api"


@pytest.fixture(scope="session")
def python() -> Path:
    """That of an environment which has nothing of this project."""
    return environment(FOLDER.name, FOLDER.parent).installed / "bin" / "python"


@pytest.fixture(scope="session")
def environ() -> dict[str, str]:
    """No path leads to this project but that of the one package."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(PACKAGE)}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("apis")
    with live_provider(folder, nodes=1, **PROVIDER) as provider, Person(USERNAME, PASSWORD) as alice:
        yield made(provider, alice)


@pytest.fixture(scope="session")
def serve(python: Path, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """The project of project.py with this setting; answers where it is."""

    @contextmanager
    def running(**settings: Any) -> Iterator[str]:
        command = [str(python), str(FOLDER / "project.py"), json.dumps(settings)]
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        with subprocess.Popen(
            command, cwd=elsewhere, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:  # fmt: skip
            try:
                assert process.stdout is not None
                port = process.stdout.readline().strip()
                assert port.isdigit(), "the project did not start"
                yield f"http://127.0.0.1:{port.decode()}"
            finally:
                stop(process)

    return running
