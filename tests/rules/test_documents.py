"""What is generated is fresh, what is promised in a document is there."""

import re
from pathlib import Path

from idp.settings_page import page
from tokens.protocol.reasons.page import page as errors_page

ROOT = Path(__file__).parents[2]


def test_the_settings_page_says_what_the_settings_are() -> None:
    assert (ROOT / "docs/settings.md").read_text() == page(), "python -m idp.settings_page > docs/settings.md"


def test_the_page_of_errors_says_what_the_reasons_are() -> None:
    made = "python -m tokens.protocol.reasons.page > docs/errors.md"
    assert (ROOT / "docs/errors.md").read_text() == errors_page(), made


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_no_file_has_grown_past_400_lines() -> None:
    folders = [ROOT / name for name in ("idp", "accounts", "tokens", "tests", "bench", "templates", "deploy")]
    files = [file for folder in folders for file in folder.rglob("*") if file.suffix in {".py", ".html", ".css", ".js"}]
    long = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_every_module_opens_with_what_it_is() -> None:
    folders = [ROOT / name for name in ("idp", "accounts", "tokens")]
    modules = [file for folder in folders for file in folder.rglob("*.py") if "migrations" not in file.parts]
    silent = [
        str(file.relative_to(ROOT)) for file in modules if file.read_text().strip() and file.read_text()[:3] != '"""'
    ]
    assert silent == []
