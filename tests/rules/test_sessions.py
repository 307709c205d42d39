"""The folder of sessions has no circle, and one verb of it ends the session of a browser."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = "accounts.sessions"


def sources() -> dict[str, str]:
    """Every module of the folder with its text; the facade is the folder's own name."""
    files = (ROOT / FOLDER.replace(".", "/")).glob("*.py")
    return {FOLDER if file.stem == "__init__" else f"{FOLDER}.{file.stem}": file.read_text() for file in files}


def imports(sources: dict[str, str]) -> dict[str, set[str]]:
    """Which modules of the folder each imports, at its top, in a function or for types."""
    return {module: set(_imported(text, sources)) - {module} for module, text in sources.items()}


def _imported(text: str, modules: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else node.module for name in named if {name, node.module} & {*modules})


def test_no_module_imports_what_imports_it() -> None:
    assert list(TopologicalSorter(imports(sources())).static_order())[-1] == FOLDER
    assert imports(sources())[FOLDER] >= {f"{FOLDER}.engine", f"{FOLDER}.expiry", f"{FOLDER}.sign_ins"}


@pytest.mark.parametrize(
    "line",
    [
        "from accounts import sessions",
        "import accounts.sessions.engine",
        "def lazily(): from accounts.sessions import engine",
        "if TYPE_CHECKING: from accounts.sessions.engine import SessionStore",
    ],
)
def test_a_circle_is_found(line: str) -> None:
    text = sources()
    text[f"{FOLDER}.sign_ins"] += f"\n{line}\n"
    with pytest.raises(CycleError):
        TopologicalSorter(imports(text)).prepare()


def drops_a_session(text: str) -> bool:
    """Whether it calls a session's `flush`, or imports Django's `logout`, which does."""
    nodes = list(ast.walk(ast.parse(text)))
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "django.contrib.auth"]
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    logout = any(alias.name == "logout" for node in froms for alias in node.names)
    return logout or any(isinstance(call, ast.Attribute) and call.attr in ("flush", "aflush") for call in calls)


def test_nothing_but_sessions_drops_a_session() -> None:
    files = [file for package in ("accounts", "tokens") for file in (ROOT / package).rglob("*.py")]
    dropping = {str(file.relative_to(ROOT)) for file in files if drops_a_session(file.read_text())}
    assert dropping == {
        "accounts/sessions/__init__.py",
        "accounts/sessions/engine.py",
    }


@pytest.mark.parametrize("line", ["from django.contrib.auth import logout", "request.session.flush()"])
def test_a_view_that_drops_a_session_is_found(line: str) -> None:
    assert drops_a_session(line)
