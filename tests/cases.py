"""How many cases of a test are tried where it ran, or will run, with all of them elsewhere.

The whole of a matrix runs once, on PostgreSQL. A run on another database or a newer Python that names `TEST_CASES=some`
asks whether they differ, and two cases of a test tell that, chosen by the seed of the run.
"""

from collections import defaultdict
from collections.abc import Iterable
from random import Random

import pytest

MOST = 2
"""Of a test with more cases than this so many are taken, chosen by the seed of the run."""


def beyond(items: Iterable[pytest.Item], seed: object) -> list[pytest.Item]:
    """What is more than `MOST` of a test. All workers have the same seed, and leave out the same."""
    cases = defaultdict(list)
    for item in items:
        cases[item.nodeid.partition("[")[0]].append(item)
    return [
        item
        for test, those in cases.items()
        for item in Random(f"{seed} {test}").sample(those, max(0, len(those) - MOST))  # noqa: S311 the seed says which
    ]
