"""The environment that manage.py finds or builds."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from idp.local import bootstrap
from idp.local.processes import CannotStart


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with requirements of no packages, so that an environment is built without a network."""
    (tmp_path / "requirements").mkdir()
    for kind in (*bootstrap.KINDS, "uv"):
        (tmp_path / "requirements" / f"{kind}.txt").write_text(f"# nothing, of {kind}\n")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(bootstrap, "ENVIRONMENTS", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "INSTALLERS", {"venv": _venv})
    return tmp_path


def _venv(draft: Path, requirements: Path) -> None:
    subprocess.run([bootstrap.BASE, "-m", "venv", "--without-pip", draft], check=True)


def _require(repository: Path, kind: str, line: str) -> None:
    (repository / "requirements" / f"{kind}.txt").write_text(f"{line}\n")


def _python(environment: str) -> str:
    command = [environment, "-c", "import sys; print(sys.prefix)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def ready(kind: str) -> bool:
    """Whether `interpreter` would answer without installing anything."""
    return bootstrap._current(kind) or bootstrap.satisfied(kind)


def test_this_python_is_used_when_it_has_every_pin() -> None:
    assert bootstrap.interpreter("test") == sys.executable


def test_one_pin_in_another_version_is_not_this_python(repository: Path) -> None:
    _require(repository, "base", "django==1.0")
    assert not bootstrap.satisfied("base")


def test_one_pin_that_is_missing_is_not_this_python(repository: Path) -> None:
    _require(repository, "base", "there-is-no-such-package==1.0 \\")
    assert not bootstrap.satisfied("base")


def test_a_pin_for_another_platform_is_not_asked_for(repository: Path) -> None:
    _require(repository, "base", "there-is-no-such-package==1.0 ; sys_platform == 'toaster' \\")
    assert bootstrap.satisfied("base")


def test_an_environment_that_was_moved_into_place_runs_and_is_built_once(repository: Path) -> None:
    _require(repository, "base", "there-is-no-such-package==1.0")
    first = bootstrap.interpreter("base")
    assert _python(first) == str(repository / ".venv" / str(sys.implementation.cache_tag))
    built = Path(first).lstat().st_ino
    assert bootstrap.interpreter("base") == first
    assert Path(first).lstat().st_ino == built


def test_changed_pins_build_the_environment_again_with_all_it_had(repository: Path) -> None:
    for kind in bootstrap.KINDS:
        _require(repository, kind, "there-is-no-such-package==1.0")
    bootstrap.interpreter("local")
    _require(repository, "base", "there-is-no-such-package==2.0")
    assert not ready("base")
    bootstrap.interpreter("base")
    assert ready("local")
    assert not ready("test")


def test_a_stamp_that_is_not_readable_builds_again(repository: Path) -> None:
    _require(repository, "base", "there-is-no-such-package==1.0")
    environment = Path(bootstrap.interpreter("base")).parents[1]
    (environment / "stamp.json").write_text("{")
    assert not ready("base")
    bootstrap.interpreter("base")
    assert ready("base")


def test_a_build_that_fails_is_one_line_with_a_remedy_and_leaves_no_environment(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(draft: Path, requirements: Path) -> None:
        draft.mkdir()
        raise bootstrap.InstallFailed("error: no room", "error: no room\nNo space left on device")

    monkeypatch.setattr(bootstrap, "INSTALLERS", {"uv": full})
    _require(repository, "base", "there-is-no-such-package==1.0")
    with pytest.raises(CannotStart) as raised:
        bootstrap.interpreter("base")
    assert str(raised.value).startswith(
        "cannot install requirements/base.txt (error: no room): free some space on the disk"
    )
    assert "\n" not in str(raised.value)
    assert not ready("base")


def test_the_next_installer_is_tried_when_one_fails(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(draft: Path, requirements: Path) -> None:
        raise bootstrap.InstallFailed("it does not run")

    monkeypatch.setattr(bootstrap, "INSTALLERS", {"uv": broken, "venv": _venv})
    _require(repository, "base", "there-is-no-such-package==1.0")
    assert _python(bootstrap.interpreter("base"))


def test_a_repository_that_cannot_be_written_is_one_line_with_a_remedy(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _require(repository, "base", "there-is-no-such-package==1.0")
    (repository / "file").touch()
    monkeypatch.setattr(bootstrap, "ENVIRONMENTS", repository / "file" / ".venv")
    with pytest.raises(CannotStart, match=r"cannot write .*/file/\.venv \(Not a directory\): "):
        bootstrap.interpreter("base")


def test_an_environment_apart_is_built_once_and_anew_when_its_pins_change(repository: Path) -> None:
    pinned = repository / "requirements" / "apart.txt"
    pinned.write_text("there-is-no-such-package==1.0")
    first = bootstrap.apart("another", pinned)
    assert Path(_python(first)).parent == repository / ".venv"
    built = Path(first).lstat().st_ino
    assert bootstrap.apart("another", pinned) == first
    assert Path(first).lstat().st_ino == built
    pinned.write_text("there-is-no-such-package==2.0")
    assert bootstrap.apart("another", pinned) != first


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("OSError: [Errno 28] No space left on device", "free some space"),
        ("PermissionError: [Errno 13] Permission denied", "clone into a folder of yours"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "other files than the pinned ones"),
        ("The virtual environment was not created because ensurepip is not available", "python3-venv"),
        ("Temporary failure in name resolution", "check the network"),
    ],
)
def test_what_a_tool_says_has_its_remedy(said: str, remedy: str) -> None:
    assert remedy in bootstrap._remedy(said)


@pytest.mark.parametrize("kind", [*bootstrap.KINDS, "ministack", "moto"])
def test_every_marker_in_the_requirements_is_understood_and_every_pin_has_a_hash(kind: str) -> None:
    text = (bootstrap.REQUIREMENTS / f"{kind}.txt").read_text()
    assert len(_pins(kind)) > 10
    requirements = re.split(r"\n(?=[a-z0-9])", text)
    assert [line for line in requirements if "--hash=sha256:" not in line and not line.startswith("#")] == []


def test_each_requirements_file_holds_the_pins_of_the_one_before() -> None:
    base, local, test = map(_pins, bootstrap.KINDS)
    assert base < local < test


def test_what_the_store_on_dynamodb_needs_is_not_what_a_node_needs_and_is_in_the_environment_of_the_tests() -> None:
    dynamodb = _pins("dynamodb")
    assert "botocore" in dict(dynamodb)
    assert "botocore" not in dict(_pins("base"))
    assert dynamodb < _pins("local")


def _pins(kind: str) -> set[tuple[str, str]]:
    return set(bootstrap.pins(bootstrap.REQUIREMENTS / f"{kind}.txt"))


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ("python_full_version >= '3.11'", True),
        ("python_full_version < '3.11'", False),
        ("python_full_version < '3.9.10' or python_full_version > '3.10.2'", True),
        ("(sys_platform == 'toaster' and python_full_version > '3') or implementation_name == 'toast'", False),
    ],
)
def test_markers_are_read_as_pip_does(marker: str, holds: bool) -> None:
    assert bootstrap.applies(marker) is holds
