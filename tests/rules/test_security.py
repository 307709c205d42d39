"""Every security requirement, and every vulnerability known in the field, is shown by a test or waits."""

from collections import Counter
from pathlib import Path

from tests.rules.security.incidents import INCIDENTS
from tests.rules.security.lines import LINES
from tests.rules.security.marks import shown
from tests.rules.security.page import page
from tests.rules.security.waiting import WAITING

ROOT = Path(__file__).parents[2]
KNOWN = {*LINES, *INCIDENTS}


def test_the_security_page_says_what_the_tests_show() -> None:
    assert (ROOT / "docs/security.md").read_text() == page(), "python -m tests.rules.security.page > docs/security.md"


def test_every_line_is_shown_by_a_test_or_waits_for_what_is_not_there_yet() -> None:
    waiting = {line for lines in WAITING.values() for line in lines}
    assert sorted(KNOWN - set(shown()) - waiting) == []


def test_nothing_waits_for_what_is_there() -> None:
    assert [path for path in WAITING if (ROOT / path).exists()] == []


def test_a_line_waits_for_one_thing_and_is_a_known_one() -> None:
    waiting = Counter(line for lines in WAITING.values() for line in lines)
    assert waiting.keys() <= KNOWN
    assert set(waiting.values()) == {1}


def test_a_mark_names_a_known_line() -> None:
    assert {line: tests for line, tests in shown().items() if line not in KNOWN} == {}


def test_there_are_78_requirements() -> None:
    assert list(LINES) == [f"S{number}" for number in range(1, 79)]
