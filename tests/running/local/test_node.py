"""Node and what npm installs for the tests."""

import shutil
from pathlib import Path

import pytest

from idp.local.processes import CannotStart
from tests.outside.nodejs.scripts import FOLDER as MANIFEST
from tests.servers import nodejs


def test_the_packages_are_installed_once_with_the_pinned_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodejs, "CACHE", tmp_path / "cache")
    installed = nodejs.packages(MANIFEST)
    assert (installed / "node_modules" / "openid-client" / "package.json").exists()
    monkeypatch.setattr(nodejs, "npm", None)
    assert nodejs.packages(MANIFEST) == installed
    assert list((tmp_path / "cache").iterdir()) == [installed]


def test_a_package_with_another_content_than_the_pinned_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodejs, "CACHE", tmp_path / "cache")
    manifest = tmp_path / "manifest"
    shutil.copytree(MANIFEST, manifest)
    lockfile = manifest / "package-lock.json"
    lockfile.write_text(lockfile.read_text().replace('"integrity": "sha512-', '"integrity": "sha512-AAAA'))
    with pytest.raises(CannotStart, match=r"package-lock\.json pins cannot be had .*: check the network and npm's"):
        nodejs.packages(manifest)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_machine_without_the_wheel_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CannotStart, match="Node's wheel does not fit this machine: use a system"):
        nodejs.executable()


def test_a_cache_that_cannot_be_written_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    occupied = tmp_path / "file"
    occupied.touch()
    monkeypatch.setattr(nodejs, "CACHE", occupied)
    with pytest.raises(CannotStart, match=r"nothing can be put into .*file \(File exists\): make it writable"):
        nodejs.packages(MANIFEST)


def test_the_lockfile_names_no_place_to_fetch_from() -> None:
    """Where packages come from is the machine's affair (npm's settings); what they are is pinned by hash."""
    text = (MANIFEST / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') == text.count('"node_modules/')
