"""One ground for all drills of a run; every drill leaves it as it was."""

from collections.abc import Iterator

import pytest

from tests.drills.ground import Ground, ground


@pytest.fixture(scope="session")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("drills")) as started:
        yield started
