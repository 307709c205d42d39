"""docs/security.md, made from the marks of the tests: `python -m tests.rules.security.page > docs/security.md`."""

from collections.abc import Iterable, Iterator, Mapping

from tests.rules.security.attackers import ATTACKERS
from tests.rules.security.incidents import INCIDENTS
from tests.rules.security.lines import LINES
from tests.rules.security.marks import Tests, shown
from tests.rules.security.parts import PARTS, parts_of
from tests.rules.security.waiting import WAITING

INTRODUCTION = """# Security: what holds, and which test shows it

The first table is what this server must keep true, with the source: BCP is RFC 9700, ASVS is OWASP ASVS 5.0, FAPI2 the
FAPI 2.0 Security Profile, TM is RFC 6819, OIDC is OpenID Connect Core, NIST is SP 800-63B-4. The second is who attacks
(FAPI 2.0 Attacker Model), the third what went wrong elsewhere. A test says by its mark `covers` what it shows. A line
that says several things has parts, and each has tests of its own, whose marks name the part: the line is shown once all
of them are. What no test shows fails the tests, unless it waits for what the server does not do yet, whose file the
table names.

<!-- Made by `python -m tests.rules.security.page`; a test keeps it fresh. -->
"""
TABLES = (
    ("What must hold", ("line", "what", "source"), LINES),
    ("Who attacks", ("attacker", "who", "what they do"), ATTACKERS),
    ("What went wrong elsewhere", ("incident", "where", "what went wrong"), INCIDENTS),
)
"""The heading, the names of the columns, and the rows."""
Waiting = Mapping[str, str]
FEW = 3
"""As many tests are named; of others the number."""


def page() -> str:
    """The whole page as Markdown."""
    tests = shown()
    waiting = {line: path for path, lines in WAITING.items() for line in lines}
    sections = (_section(*table, tests, waiting) for table in TABLES)
    return "\n".join([INTRODUCTION, *("\n".join(section) + "\n" for section in sections)])


def _section(
    title: str, head: tuple[str, ...], lines: Mapping[str, tuple[str, str]], tests: Tests, waiting: Waiting
) -> Iterator[str]:
    yield from (f"## {title}", "", _counts(lines, tests, waiting), "")
    yield from _table(head, lines, tests, waiting)


def _counts(lines: Iterable[str], tests: Tests, waiting: Waiting) -> str:
    """How many of the lines are shown, shown in part, and wait; and how many of the parts."""
    of_lines = [parts_of(line) for line in lines]
    whole = sum(all(name in tests and name not in waiting for name in names) for names in of_lines)
    none = sum(not any(name in tests for name in names) for names in of_lines)
    part = len(of_lines) - whole - none
    parts = [name for names in of_lines if len(names) > 1 for name in names]
    waits = sum(name in waiting for name in parts)
    told = f"Of {len(of_lines)}, {whole} are shown, {part} are shown in part, {none} wait."
    return f"{told} Of {len(parts)} parts, {len(parts) - waits} are shown, {waits} wait." if parts else told


def _table(
    head: tuple[str, ...], lines: Mapping[str, tuple[str, str]], tests: Tests, waiting: Waiting
) -> Iterator[str]:
    yield f"| {' | '.join(head)} | shown by |"
    yield "|" + "---|" * (len(head) + 1)
    for line, (first, second) in lines.items():
        told = "<br>".join(_told(line, name, tests, waiting) for name in parts_of(line))
        yield f"| {line} | {first} | {second} | {told} |".replace("|  |", "| |")


def _told(line: str, name: str, tests: Tests, waiting: Waiting) -> str:
    """Of a line, or of a part behind its words."""
    words = [f"*{PARTS[line][name.removeprefix(f'{line} ')]}*:"] if line in PARTS else []
    waits = [f"waits for `{waiting[name]}`"] if name in waiting else []
    return " ".join([*words, "<br>".join([*_tests(tests.get(name, [])), *waits])])


def _tests(names: list[str]) -> list[str]:
    named = [f"`{name.removeprefix('tests/')}`" for name in names[:FEW]]
    more = f"and {len(names) - FEW} more" if len(names) > FEW else ""
    return [*named, *([more] if more else [])]


if __name__ == "__main__":
    print(page(), end="")
