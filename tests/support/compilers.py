"""What Django's compilers are asked for while a test runs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The table of every statement that is compiled from now on."""
    asked: list[str] = []
    for name in ("SQLCompiler", "SQLInsertCompiler", "SQLUpdateCompiler", "SQLDeleteCompiler"):
        kind = connection.ops.compiler(name)
        monkeypatch.setattr(kind, "as_sql", _noted(kind.as_sql, asked))
    return asked


def _noted(as_sql: Callable[..., Any], asked: list[str]) -> Callable[..., Any]:
    def noted(compiler: Any, *given: Any, **named: Any) -> Any:
        asked.append(compiler.query.get_meta().db_table)
        return as_sql(compiler, *given, **named)

    return noted
