"""Who may import whom: pyproject's contracts hold, and each of them bites."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.copies import ROOT, copy_product

OFFERED = {
    "accounts.admin.acts",
    "accounts.claims",
    "accounts.conf",
    "accounts.ground",
    "accounts.ground.autovacuum",
    "accounts.ground.dated_field",
    "accounts.ground.dated_signer",
    "accounts.ground.dialects",
    "accounts.ground.earliest",
    "accounts.ground.dynamodb",
    "accounts.ground.dynamodb.conf",
    "accounts.ground.dynamodb.explaining",
    "accounts.ground.dynamodb.items",
    "accounts.ground.dynamodb.kinds",
    "accounts.ground.dynamodb.process",
    "accounts.ground.dynamodb.service",
    "accounts.ground.dynamodb.state",
    "accounts.ground.dynamodb.tables",
    "accounts.ground.dynamodb.throttles",
    "accounts.ground.dynamodb.unit",
    "accounts.ground.exact_field",
    "accounts.ground.fetching",
    "accounts.ground.hosts",
    "accounts.ground.locking",
    "accounts.ground.log_index",
    "accounts.ground.places",
    "accounts.ground.sealing",
    "accounts.ground.shown_text",
    "accounts.ground.sql",
    "accounts.ground.sql.answers",
    "accounts.ground.sql.insert_new",
    "accounts.ground.sql.inserting",
    "accounts.ground.sql.once",
    "accounts.ground.sql.sql",
    "accounts.ground.sql.statement",
    "accounts.ground.sweep",
    "accounts.ground.task",
    "accounts.ground.taken_back",
    "accounts.ground.unavailable",
    "accounts.ground.upserts",
    "accounts.ground.unlisted",
    "accounts.ground.uuids",
    "accounts.ground.verbs",
    "accounts.names",
    "accounts.pages",
    "accounts.work",
    "accounts.site.addresses",
    "accounts.site.cors",
    "accounts.site.form_type",
    "accounts.site.just_ended",
    "accounts.site.lists",
    "accounts.site.read_only",
    "accounts.site.refusal_lines",
    "accounts.site.security_headers",
    "accounts.site.versioned_form",
    "accounts.sessions",
    "accounts.signals",
    "accounts.stores",
    "accounts.stores.base",
    "accounts.stores.dynamodb.ending",
    "accounts.stores.dynamodb.kinds",
    "accounts.throttles",
    "accounts.walks",
}

TRESPASSES = [
    ("tokens/protocol/pkce.py", "import django.http", "The protocol is pure"),
    ("tokens/stores/base/__init__.py", "import tokens.keys", "The layers of tokens"),
    ("tokens/conf/__init__.py", "import tokens.views.token", "The layers of tokens"),
    ("tokens/issuer.py", "import tokens.views.token", "The layers of tokens"),
    ("tokens/grants/__init__.py", "import tokens.work.cleanup", "The layers of tokens"),
    ("tokens/interaction/pages.py", "import tokens.views.consent", "The layers of tokens"),
    ("tokens/registration/clients.py", "import tokens.endpoint", "The layers of tokens"),
    ("tokens/registration/clients.py", "import tokens.grants", "The layers of tokens"),
    ("tokens/work/cleanup.py", "import tokens.interaction.pages", "The layers of tokens"),
    ("tokens/work/cleanup.py", "import tokens.views.consent", "The layers of tokens"),
    ("tokens/views/token.py", "import tokens.models", "Only the stores"),
    ("tokens/interaction/pages.py", "import tokens.models", "Only the stores"),
    ("tokens/registration/clients.py", "import tokens.models", "Only the stores"),
    ("tokens/registration/resources.py", "import tokens.models", "Only the stores"),
    ("tokens/grants/__init__.py", "import tokens.models", "Only the stores"),
    ("tokens/work/cleanup.py", "import tokens.models", "Only the stores"),
    ("tokens/management/commands/createclient.py", "import tokens.models", "Only the stores"),
    ("tokens/views/token.py", "import idp.conf", "Only idp wires"),
    ("accounts/claims.py", "import tokens.conf", "accounts knows nothing of tokens"),
    ("accounts/claims.py", "import idp.conf", "accounts knows nothing of tokens"),
    ("accounts/ground/uuids.py", "import accounts.conf", "The layers of accounts"),
    ("accounts/sessions/sign_ins.py", "import accounts.sign_in.forms", "The layers of accounts"),
    ("idp/urls.py", "import tokens.stores", "idp wires"),
]


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_product(tmp_path)


def test_every_contract_is_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("file", "line", "contract"), TRESPASSES)
def test_a_contract_bites(copy: Path, file: str, line: str, contract: str) -> None:
    with (copy / file).open("a") as module:
        module.write(f"\n{line}\n")
    result = lint(copy)
    assert result.returncode == 1
    broken = [text for text in result.stdout.splitlines() if " BROKEN" in text]
    assert any(text.startswith(contract) for text in broken), result.stdout


def test_a_view_may_register_a_client(copy: Path) -> None:
    with (copy / "tokens/views/token.py").open("a") as view:
        view.write("\nfrom tokens.registration import clients, resources\n")
    assert lint(copy).returncode == 0


def test_a_module_of_tokens_without_a_layer_is_refused(copy: Path) -> None:
    (copy / "tokens" / "utils.py").write_text('"""A drawer."""\n')
    assert lint(copy).returncode == 1


def test_tokens_knows_accounts_only_by_what_it_offers() -> None:
    assert {name for file in (ROOT / "tokens").rglob("*.py") for name in _imports(file, "accounts")} <= OFFERED


def _imports(file: Path, package: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == package}
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == package:
            found |= {f"accounts.{alias.name}" for alias in node.names} if node.module == package else {node.module}
    return found
