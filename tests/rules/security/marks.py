"""Which tests say that they show which line: their marks `covers`, read from the source."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

TESTS = Path(__file__).parents[2]
Tests = Mapping[str, list[str]]
Named = Mapping[str, list[str]]


def shown() -> Tests:
    """The line → the tests, as `file::test`, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("*.py")):
        tree = ast.parse(path.read_text())
        named = _named(tree)
        everywhere = named.get("pytestmark", [])
        for test in _tests(tree):
            for line in dict.fromkeys([*everywhere, *_lines(test.decorator_list, named)]):
                found[line].append(f"{path.relative_to(TESTS.parent)}::{test.name}")
    return found


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return (function for function in functions if function.name.startswith("test_"))


def _named(tree: ast.Module) -> Named:
    """What the module's own marks cover: `pytestmark`, and those that several tests share."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {ast.unparse(node.targets[0]): list(_lines([node.value], {})) for node in assigned}


def _lines(marks: list[ast.expr], named: Named) -> Iterator[str]:
    for mark in marks:
        yield from named.get(ast.unparse(mark), [])
        for node in ast.walk(mark):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers":
                yield from (str(part.value) for part in ast.walk(node) if isinstance(part, ast.Constant))
