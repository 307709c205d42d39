"""The balancer as a process, before two nodes for people and one for programs that are not real."""

from collections.abc import Iterator

import pytest

from tests.running.balancer.fakes import Fake, listening
from tests.running.balancer.stage import Stage, start, until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    fakes = Fake("front-1", "front"), Fake("front-2", "front"), Fake("back-1", "back")
    with listening(*fakes), start(fakes, tmp_path_factory.mktemp("balancer")) as stage:
        yield stage


@pytest.fixture
def stage(running: Stage) -> Stage:
    """As it was at first, after anything that the test did to it."""
    fresh = Fake("", "all")
    for fake in running.fakes:
        fake.readyz, fake.answer, fake.hangs = fresh.readyz, None, False
    until(lambda: all(_last_word(running, fake).endswith("takes requests") for fake in running.fakes))
    for fake in running.fakes:
        fake.requests.clear()
    return running


def _last_word(running: Stage, fake: Fake) -> str:
    return [line for line in running.balancer.said().splitlines() if f" {fake.name} " in line][-1]
