"""What is left to `manage.py test --long`, or left out on moto, exists, and is no more than what that names."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import left_to_long, on_moto
from tests.servers import run as runner

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", [*left_to_long.NAMES, *on_moto.NAMES])
def test_every_name_is_one_of_a_folder_a_file_or_a_test(name: str) -> None:
    path, _, test = name.partition("::")
    assert (ROOT / path).exists()
    for part in filter(None, test.split("::")):
        assert re.search(rf"(def|class) {re.escape(part.partition('[')[0])}", (ROOT / path).read_text()), part


def test_a_test_is_left_by_what_its_name_begins_with() -> None:
    name = left_to_long.NAMES[0]
    items = [SimpleNamespace(nodeid=nodeid) for nodeid in (f"{name}[1]", "tests/rules/test_left_to_long.py::test_x")]
    assert left_to_long.left(items) == items[:1]  # type: ignore[arg-type]  # it looks at their ids alone


@pytest.mark.parametrize(
    ("ours", "arguments", "extent"),
    [
        ([], [], {"TEST_LEFT": "1"}),
        ([], ["-q", "-k", "drill"], {"TEST_LEFT": "1"}),
        ([], ["tests/drills"], {}),
        ([], ["tests/drills/test_drills.py::test_x", "-x"], {}),
        ([runner.LONG], [], {"TEST_LONG": "1"}),
        ([runner.LONG], ["tests/drills"], {"TEST_LONG": "1"}),
    ],
)
def test_nothing_is_left_of_what_is_named_or_of_a_long_run(
    ours: list[str], arguments: list[str], extent: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert runner._extent(ours, arguments) == extent
