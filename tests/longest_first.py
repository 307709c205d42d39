"""Which worker gets which tests: the longest first, and what shares servers together.

A file stays whole, and so does a folder whose tests share servers: they are started once. How long each took the last
time is kept in pytest's cache; what is not known there counts as long if it starts servers, else by its tests.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

SHARING = (
    *("tests/running/cluster", "tests/running/deploy", "tests/running/roles"),
    *("tests/outside/browser", "tests/outside/connect", "tests/outside/interop", "tests/outside/oidf"),
    "tests/outside/parties",
)
"""Folders with servers that live as long as the run."""
SERVING = ("tests/drills", "tests/keys", "tests/outside", "tests/running", "tests/work")
CACHE = "avouch/seconds"
UNKNOWN = 300.0
"""Seconds that are reckoned for what starts servers and has never run here."""
QUICK = 0.1
"""Seconds that are reckoned for any other test."""


def unit(nodeid: str) -> str:
    """What has to stay together with the test: its file, or its folder."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in SHARING if file.startswith(f"{folder}/")), file)


def is_whole(config: pytest.Config) -> bool:
    """Whether all tests run, of which this process is told: a part says nothing of how long the whole takes."""
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    narrowed = any(config.getoption(name, None) for name in ("keyword", "markexpr", "ignore"))
    return everything and not narrowed and not hasattr(config, "workerinput")


class LongestFirst(LoadFileScheduling):
    """xdist's own order is by the number of tests: a few long ones would be left for the end, and one worker idle."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        cache: pytest.Cache | None = getattr(self.config, "cache", None)
        known = cache.get(CACHE, {}) if cache is not None else {}
        tests = {name: len(tests) for name, tests in self.workqueue.items()}
        self.workqueue.move_to_end(longest(tests, known), last=False)
        super()._assign_work_unit(node)


class Durations:
    """Notes how long each unit took, for the next run."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[unit(report.nodeid)] += report.duration

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        assert session.config.cache is not None
        session.config.cache.set(CACHE, self._seconds)


def longest(tests: Mapping[str, int], known: Mapping[str, float]) -> str:
    """Which unit to begin with. `tests`: how many are in each; `known`: the seconds that some took the last time."""
    guessed = {name: UNKNOWN if name.startswith(SERVING) else count * QUICK for name, count in tests.items()}
    return max(tests, key=lambda name: known.get(name, guessed[name]))
