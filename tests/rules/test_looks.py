"""Tests of grants, endpoints and flows look through the store: they ask its verbs, or `tests.support.held`, and not its
tables, so that they say the same of every store."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("grants", "endpoints", "flows")


def named(source: str) -> set[str]:
    """The models of tokens that a module names, and `tokens.stores.orm` where it imports from there."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("models", "tokens.models"):
            names.add(node.attr)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tokens.models"):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tokens.stores.orm"):
            names.add("tokens.stores.orm")
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("get_model"):
            names.add(ast.unparse(node.func))
    return names


def test_a_test_of_grants_endpoints_or_flows_looks_into_no_table() -> None:
    files = [file for folder in FOLDERS for file in (ROOT / "tests" / folder).rglob("*.py")]
    assert len(files) > 40
    looks = {file.name: strange for file in files if (strange := named(file.read_text()))}
    assert looks == {}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("models.RefreshToken.objects.count()", "RefreshToken"),
        ("tokens.models.Consent.objects.get()", "Consent"),
        ("from tokens.models import Authorization", "Authorization"),
        ("from tokens.models.one_time import AuthorizationCode", "AuthorizationCode"),
        ("from tokens.stores.orm.rows import record_of", "tokens.stores.orm"),
        ("apps.get_model('tokens', 'Consent')", "apps.get_model"),
    ],
)
def test_the_rule_bites(line: str, name: str) -> None:
    assert named(line) == {name}
