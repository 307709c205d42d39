"""No test depends on the machine's speed: it waits for an event. A sleep says why it must be one, or polls."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REASON = "wait for an event (tests.support.waiting), or say at the end of the line why time itself has to pass"


def unexplained(source: str) -> Iterator[str]:
    """The sleeps that have no comment on their line and are not in a `while` loop, which looks again after each."""
    lines, tree = source.splitlines(), ast.parse(source)
    polls = {call for loop in ast.walk(tree) if isinstance(loop, ast.While) for call in sleeps(loop)}
    for call in sleeps(tree):
        line = lines[call.lineno - 1]
        if call not in polls and "  # " not in line:
            yield f"line {call.lineno}: {line.strip()}"


def sleeps(tree: ast.AST) -> list[ast.Call]:
    """The calls of `time.sleep` and `asyncio.sleep`, under any name of the module."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func).rpartition(".")[2] == "sleep"]


def test_every_sleep_polls_or_says_why_time_has_to_pass() -> None:
    files = sorted((ROOT / "tests").rglob("*.py"))

    faults = [f"{file.relative_to(ROOT)}, {fault}" for file in files for fault in unexplained(file.read_text())]

    assert len(files) > 250
    assert faults == [], REASON


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("time.sleep(3)\n", ["line 1: time.sleep(3)"]),
        ("def wait():\n    asyncio.sleep(LIMIT)\n", ["line 2: asyncio.sleep(LIMIT)"]),
        ("for _ in range(3):\n    sleep(1)\n", ["line 2: sleep(1)"]),
        ("time.sleep(3)  # the store's own clock has to move\n", []),
        ("while not ready():\n    time.sleep(0.1)\n", []),
        ("code = 'time.sleep(60)'\n", []),
    ],
)
def test_a_sleep_without_a_reason_is_caught(source: str, faults: list[str]) -> None:
    assert list(unexplained(source)) == faults
