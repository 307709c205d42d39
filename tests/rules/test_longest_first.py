"""The workers of a run get the longest first, and what shares servers stays together."""

from pathlib import Path

from tests.longest_first import SERVING, SHARING, longest, unit

ROOT = Path(__file__).parents[2]


def test_the_longest_is_given_out_first_and_what_is_not_known_by_what_it_starts() -> None:
    tests = {"tests/endpoints/test_a.py": 900, "tests/endpoints/test_b.py": 5, "tests/drills/test_drills.py": 1}
    known = {"tests/endpoints/test_a.py": 20.0, "tests/endpoints/test_b.py": 400.0}
    order = []
    while tests:
        order.append(longest(tests, known))
        del tests[order[-1]]
    assert order == ["tests/endpoints/test_b.py", "tests/drills/test_drills.py", "tests/endpoints/test_a.py"]


def test_what_shares_servers_stays_together_and_every_other_file_is_a_unit() -> None:
    assert unit("tests/outside/oidf/test_basic.py::test_a[b::c]") == "tests/outside/oidf"
    assert unit("tests/endpoints/test_token.py::test_a[b::c]") == "tests/endpoints/test_token.py"


def test_the_folders_named_are_there() -> None:
    assert [folder for folder in (*SHARING, *SERVING) if not (ROOT / folder).is_dir()] == []
