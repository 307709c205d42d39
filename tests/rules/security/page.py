"""docs/security.md, made from the marks of the tests: `python -m tests.rules.security.page > docs/security.md`."""

from collections.abc import Iterator, Mapping

from tests.rules.security.incidents import INCIDENTS
from tests.rules.security.lines import LINES
from tests.rules.security.marks import Tests, shown
from tests.rules.security.waiting import WAITING

INTRODUCTION = """# Security: what holds, and which test shows it

The first table is what this server must keep true, with the source: BCP is RFC 9700, ASVS is OWASP ASVS 5.0, FAPI2 the
FAPI 2.0 Security Profile, TM is RFC 6819, OIDC is OpenID Connect Core, NIST is SP 800-63B-4. The second is what went
wrong elsewhere. A test says by its mark `covers` what it shows; a line that no test shows fails the tests, unless it
waits for a part of the server that is not there yet, which the table names.

<!-- Made by `python -m tests.rules.security.page`; a test keeps it fresh. -->
"""
FEW = 3
"""As many tests are named; of others the number."""


def page() -> str:
    """The whole page as Markdown."""
    tests = shown()
    waiting = {line: path for path, lines in WAITING.items() for line in lines}
    rows = (*_table(("line", "what", "source"), LINES, tests, waiting), "")
    more = _table(("incident", "where", "what went wrong"), INCIDENTS, tests, waiting)
    return "\n".join([INTRODUCTION, "## What must hold", "", *rows, "## What went wrong elsewhere", "", *more]) + "\n"


def _table(
    head: tuple[str, ...], lines: Mapping[str, tuple[str, str]], tests: Tests, waiting: Mapping[str, str]
) -> Iterator[str]:
    yield f"| {' | '.join(head)} | shown by |"
    yield "|" + "---|" * (len(head) + 1)
    for name, (first, second) in lines.items():
        told = _tests(tests[name]) if tests.get(name) else f"waits for `{waiting.get(name, '?')}`"
        yield f"| {name} | {first} | {second} | {told} |".replace("|  |", "| |")


def _tests(names: list[str]) -> str:
    named = [f"`{name.removeprefix('tests/')}`" for name in names[:FEW]]
    more = f"and {len(names) - FEW} more" if len(names) > FEW else ""
    return "<br>".join([*named, *([more] if more else [])])


if __name__ == "__main__":
    print(page(), end="")
