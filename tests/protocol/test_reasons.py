"""The table of reasons: whole, used, and in words that may leave the server."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from tokens.protocol import errors, prompts
from tokens.protocol.errors import OAuthError
from tokens.protocol.reasons import MOST, REASONS, quotable, refusal
from tokens.protocol.reasons.page import page, sections

ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", re.ASCII)
"""RFC 6749 appendix A.8."""
TOKENS = Path(errors.__file__).parents[1]
OF_ERRORS = {kind.__name__ for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OAuthError)}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def refusals() -> Iterator[tuple[str, frozenset[str]]]:
    """The reason and the names that are filled in, of each refusal in the source that says them."""
    for path in TOKENS.rglob("*.py"):
        for call in calls(path):
            if ast.unparse(call.func) == "refusal" and isinstance(call.args[0], ast.Constant):
                yield str(call.args[0].value), frozenset(keyword.arg or "" for keyword in call.keywords)


def placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_every_refusal_of_ours_has_a_reason_of_the_table() -> None:
    """`raise InvalidRequest("…")` in tokens/ becomes a line of tokens/protocol/reasons/ and `raise refusal("name")`."""
    own = [
        f"{path.relative_to(TOKENS)}:{call.lineno}"
        for path in TOKENS.rglob("*.py")
        for call in calls(path)
        if isinstance(call.func, ast.Name) and call.func.id in OF_ERRORS - {"Replayed"}
    ]
    assert own == []


def test_every_refusal_fills_in_what_its_reason_says_and_every_reason_is_given() -> None:
    given = dict(refusals()) | {prompt.refusal: frozenset[str]() for prompt in prompts.PROMPTS.values()}
    assert set(given) == set(REASONS)
    assert {name: names for name, names in refusals() if names != placeholders(REASONS[name].says)} == {}


@pytest.mark.parametrize("name", REASONS)
def test_a_reason_says_what_may_leave_the_server_and_what_to_do(name: str) -> None:
    reason = REASONS[name]
    assert re.fullmatch(r"[a-z][a-z0-9_]+", name)
    assert ERROR_TEXT.fullmatch(reason.says)
    assert reason.mend.endswith((".", "?"))
    assert reason.mend.isascii()
    assert len(reason.parts) % 2, "a backtick that opens has one that closes"
    hostile = dict.fromkeys(placeholders(reason.says), '"\\\x00\r\n\N{SNOWMAN}<script>' + "x" * 10_000)
    error = refusal(name, **hostile)
    assert type(error) is reason.error
    assert error.reason == name
    assert ERROR_TEXT.fullmatch(error.description)
    assert len(error.description) < 1000


@pytest.mark.parametrize(
    ("came", "shown"),
    [
        ("https://rp.example/?a=b&c", "https://rp.example/?a=b&c"),
        ('"quoted" \\', "?quoted? ?"),
        ("a\r\nSet-Cookie: x", "a??Set-Cookie: x"),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}\ud800", "??"),
        ("x" * (MOST + 1), "x" * MOST + "..."),
        (["code", "token"], "code, token"),
        (("a",), "a"),
        (60, "60"),
        ("{0.__class__}", "{0.__class__}"),
    ],
)
def test_what_came_is_repeated_as_text_without_harm(came: object, shown: str) -> None:
    assert quotable(came) == shown


def test_the_page_has_each_registered_error_with_its_source_and_all_reasons_once() -> None:
    assert sorted(name for section in sections() for name in section.reasons) == sorted(REASONS)
    for section in sections():
        assert re.search("RFC|OpenID Connect", section.source), section.error
        assert f"\n## {section.error}\n\n{section.source}\n" in page()
    for name, reason in REASONS.items():
        assert f"\n### {name}\n\n> {reason.says}\n\n{reason.mend}\n" in page()
