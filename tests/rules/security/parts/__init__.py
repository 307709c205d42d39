"""The lines that say several things, and what each of them is. A test's mark names the line and the part, such as
`covers("S8 modes")`: of such a line, no test may say that it shows the whole."""

from collections.abc import Mapping

from tests.rules.security.parts import clients, codes, incidents, operation, people, requests, sessions, tokens

PARTS: Mapping[str, Mapping[str, str]] = {
    **requests.PARTS,
    **codes.PARTS,
    **tokens.PARTS,
    **clients.PARTS,
    **people.PARTS,
    **sessions.PARTS,
    **operation.PARTS,
    **incidents.PARTS,
}
"""The line → its parts: a name, and what has to be shown under it."""


def parts_of(line: str) -> list[str]:
    """The names by which tests mark the line: those of its parts, or its own."""
    return [f"{line} {part}" for part in PARTS[line]] if line in PARTS else [line]
