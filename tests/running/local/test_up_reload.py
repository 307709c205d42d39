"""`up --reload`: what was changed is served, and what cannot start waits until it is mended."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.local.up.watch import FOLDERS, Watch, needs_preparing
from tests.running.local.test_up import Up, fails, get

ROOT = Path(__file__).parents[3]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in (*FOLDERS, "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


@pytest.fixture
def up(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Up]:
    monkeypatch.setattr(Up, "root", copy)
    started = Up(copy, "--port", "0", "--reload")
    yield started
    if started.process.poll() is None:
        started.end()


def test_a_change_is_served_and_a_mistake_waits_to_be_mended(up: Up, copy: Path) -> None:
    address = up.serves()
    template = copy / "templates" / "404.html"
    template.write_text("changed")
    up.says(up.err, r"404.html changed: starting again\n(?s:.*)serves again")
    assert get(f"{address}/nowhere") == (404, b"changed")

    urls = copy / "idp" / "urls.py"
    before = urls.read_text()
    urls.write_text("def unfinished(:\n")
    up.says(up.err, r"urls.py changed: starting again\n(?s:.*)waiting for the next change")
    urls.write_text(before)
    up.says(up.err, r"waiting for the next change\n(?s:.*)serves again")
    assert get(f"{address}/healthz")[0] == 200
    assert up.end() == 0


def test_a_cluster_is_not_started_again(tmp_path: Path) -> None:
    assert fails("--cluster", "--reload", "--data", str(tmp_path)) == [
        "manage.py: --reload: it starts one node again, not a cluster: leave out one of the two"
    ]


def test_a_watch_tells_what_was_changed_added_and_deleted_once(tmp_path: Path) -> None:
    folder = tmp_path / "idp"
    folder.mkdir()
    for name in ("kept.py", "changed.py", "deleted.py", "left_out.pyc"):
        (folder / name).touch()
    watch = Watch(tmp_path)
    (folder / "changed.py").write_text("x = 1")
    (folder / "deleted.py").unlink()
    (folder / "added.html").touch()
    (folder / "left_out.pyc").write_text("x")
    assert watch.changed() == [Path("idp/added.html"), Path("idp/changed.py"), Path("idp/deleted.py")]
    assert watch.changed() == []


@pytest.mark.parametrize(
    ("path", "prepares"),
    [
        ("tokens/migrations/0001_initial.py", True),
        ("accounts/static/accounts/style.css", True),
        ("tokens/issuer.py", False),
    ],
)
def test_tables_and_styles_are_prepared_again_where_they_changed(path: str, prepares: bool) -> None:
    assert needs_preparing([Path(path)]) is prepares
