"""Every security requirement, and every vulnerability known in the field, is shown by a test or waits."""

from collections import Counter
from pathlib import Path

from tests.rules.security.attackers import ATTACKERS
from tests.rules.security.incidents import INCIDENTS
from tests.rules.security.lines import LINES
from tests.rules.security.marks import shown
from tests.rules.security.page import page
from tests.rules.security.parts import PARTS, parts_of
from tests.rules.security.waiting import WAITING

ROOT = Path(__file__).parents[2]
LINES_AND_INCIDENTS = {*LINES, *INCIDENTS, *ATTACKERS}
NEEDED = {name for line in LINES_AND_INCIDENTS for name in parts_of(line)}
KNOWN = LINES_AND_INCIDENTS | NEEDED


def test_the_security_page_says_what_the_tests_show() -> None:
    assert (ROOT / "docs/security.md").read_text() == page(), "python -m tests.rules.security.page > docs/security.md"


def test_every_line_and_part_is_shown_by_a_test_or_waits_for_what_is_not_there_yet() -> None:
    waiting = {line for lines in WAITING.values() for line in lines}
    assert sorted(NEEDED - set(shown()) - waiting) == []


def test_nothing_waits_for_what_is_there() -> None:
    assert [path for path in WAITING if (ROOT / path).exists()] == []


def test_a_line_waits_for_one_thing_and_is_a_known_one() -> None:
    waiting = Counter(line for lines in WAITING.values() for line in lines)
    assert waiting.keys() <= NEEDED
    assert (waiting.keys() - LINES_AND_INCIDENTS).isdisjoint(shown())
    assert set(waiting.values()) == {1}


def test_a_mark_names_a_known_line() -> None:
    assert {line: tests for line, tests in shown().items() if line not in KNOWN} == {}


def test_of_a_line_with_parts_a_mark_names_the_part() -> None:
    assert {line: tests for line, tests in shown().items() if line in PARTS} == {}


def test_there_are_78_requirements() -> None:
    assert list(LINES) == [f"S{number}" for number in range(1, 79)]


def test_a_line_with_parts_has_several() -> None:
    assert [line for line, parts in PARTS.items() if line not in LINES_AND_INCIDENTS or len(parts) < 2] == []
