"""Which room may use which: the product runs without its tests, and a conftest.py holds fixtures for pytest only."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("idp", "accounts", "tokens", "deploy")


def modules(*folders: str) -> list[Path]:
    """The Python files of these folders that git knows or would take."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for name in names if name.endswith(".py") and (path := ROOT / name).exists()]


def imported(source: str) -> Iterator[str]:
    """Every module that is imported anywhere in `source`; of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_tests(source: str) -> list[str]:
    return [name for name in imported(source) if name.partition(".")[0] == "tests"]


def of_a_conftest(source: str) -> list[str]:
    return [name for name in imported(source) if "conftest" in name.split(".")]


@pytest.mark.parametrize(
    "source",
    ["import tests.servers.nodes", "from tests import servers", "def late():\n    from tests.servers import nodes"],
)
def test_an_import_of_tests_is_seen_wherever_it_stands(source: str) -> None:
    assert of_tests(source)


@pytest.mark.parametrize("source", ["from tests.grants.conftest import given", "from tests.grants import conftest"])
def test_an_import_of_a_conftest_is_seen(source: str) -> None:
    assert of_a_conftest(source)


@pytest.mark.parametrize("path", modules(*PRODUCT), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_deployment_needs_imports_nothing_of_tests(path: Path) -> None:
    assert of_tests(path.read_text()) == []


def test_nothing_is_imported_from_a_conftest() -> None:
    """Pytest gives its fixtures to the tests below it. What else tests share stands in a module with a name."""
    guilty = {str(path.relative_to(ROOT)) for path in modules("tests", "bench") if of_a_conftest(path.read_text())}
    assert guilty == set()


def sources(document: str, copying: str) -> set[str]:
    """What the lines of a document that begin with `copying` copy, but for their options and targets."""
    lines = [line.split() for line in (ROOT / document).read_text().splitlines() if line.strip().startswith(copying)]
    words = [line[len(copying.split()) : -1] for line in lines if "--from=build" not in line]
    return {word for line in words for word in line if not word.startswith("--")}


def test_the_image_and_the_runbook_install_what_a_deployment_needs_and_nothing_of_tests() -> None:
    image, runbook = sources("deploy/Dockerfile", "COPY"), sources("deploy/README.md", "cp --recursive --parents")
    whole = {"manage.py", "LICENSE", "requirements/base.txt", "idp", "accounts", "tokens", "templates"}
    assert image == whole | {"deploy/gunicorn.conf.py", "deploy/ready.py"}
    assert runbook == whole | {"deploy"}
