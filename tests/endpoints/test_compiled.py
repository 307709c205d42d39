"""A request of a hot path asks what was compiled before: Django's compilers write nothing for it."""

import pytest

from tests.endpoints.hot_paths import Ask
from tests.support.compilers import compiled

__all__ = ["compiled"]  # a fixture that holds here too
pytestmark = pytest.mark.server("in memory nothing is compiled")


def test_no_request_of_a_hot_path_compiles_a_statement(warm: dict[str, Ask], compiled: list[str]) -> None:
    made = {}
    for name, ask in warm.items():
        for _ in range(2):  # a token is forgotten at the second rotation after it, for the first time
            compiled.clear()
            assert ask().status_code in (200, 303)
        made[name] = list(compiled)
    assert {name: statements for name, statements in made.items() if statements} == {}
