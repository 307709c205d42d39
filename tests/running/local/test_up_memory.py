"""`manage.py up --memory`: what it keeps lies on a tmpfs, its owner's alone, and is gone when it ends."""

import json
import signal
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from idp.local.processes import CannotStart
from idp.local.up import memory
from tests.running.local.test_processes import alive
from tests.running.local.test_up import Start, Up, elsewhere, fails, get, start_up
from tests.support.waiting import until

__all__ = ["start_up"]


def folder_of(up: Up) -> Path:
    """Where it says that a command of another terminal finds the database."""
    return Path(up.says(up.out, r"IDP_DATA=(\S+)"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_from_memory_and_leaves_nothing(start_up: Start, number: signal.Signals) -> None:
    up = start_up("--port", "0", "--memory", "--demo")
    address = up.serves()
    folder = folder_of(up)
    assert folder.parent == memory.TMPFS
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {"db.sqlite3", "secrets", "static", "demo.json"} <= {path.name for path in folder.iterdir()}
    status, body = get(f"{address}/.well-known/openid-configuration")
    assert (status, json.loads(body)["issuer"]) == (200, address)
    assert f"{address}/accounts/password/new/" in elsewhere("users", "add", "carol", IDP_DATA=str(folder))
    with closing(sqlite3.connect(folder / "db.sqlite3")) as reader:
        assert reader.execute("SELECT count(*) FROM accounts_user WHERE username = 'carol'").fetchone() == (1,)
    assert up.end(number) == 0
    assert not folder.exists()


def test_what_one_that_was_killed_left_the_next_one_removes_and_no_other_s(start_up: Start) -> None:
    up = start_up("--port", "0", "--memory")
    up.serves()
    left = folder_of(up)
    children = up.children()
    with memory.folder_in_memory() as ours:
        assert left.exists()  # it is in use
        up.process.kill()
        up.process.wait()
        until(lambda: not any(map(alive, children)), what="the end of its children")
        with memory.folder_in_memory() as another:
            assert not left.exists()
            assert ours.exists()
            assert another != ours
    assert not ours.exists()


@pytest.mark.parametrize(
    ("name", "arguments", "environ"),
    [
        ("IDP_DATA (--data)", ("--data", "data"), {}),
        ("IDP_DATA (--data)", (), {"IDP_DATA": "data"}),
        ("DATABASE_URL", (), {"DATABASE_URL": "sqlite:///db.sqlite3"}),
        ("DATABASE_URL", (), {"DATABASE_URL_FILE": "/run/secrets/database_url"}),
        ("IDP_SECRETS", (), {"IDP_SECRETS": "secrets"}),
    ],
)
def test_what_is_kept_elsewhere_is_refused_beside_it(
    name: str, arguments: tuple[str, ...], environ: dict[str, str]
) -> None:
    assert fails("--memory", *arguments, **environ) == [
        f"manage.py: {name}: `up --memory` keeps everything in memory: leave out one of the two"
    ]


@pytest.mark.parametrize(
    "mounts",
    [
        "",
        "tmpfs /run tmpfs rw 0 0\n",
        "/dev/sda /dev/shm ext4 rw 0 0\n",
        "tmpfs /dev/shm tmpfs rw 0 0\n/dev/sda /dev/shm ext4 rw 0 0\n",
        None,
    ],
)
def test_a_system_without_a_tmpfs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounts: str | None) -> None:
    if mounts is not None:
        (tmp_path / "mounts").write_text(mounts)
    monkeypatch.setattr(memory, "MOUNTS", tmp_path / "mounts")
    with pytest.raises(CannotStart, match="there is no tmpfs at /dev/shm here"), memory.folder_in_memory():
        pass
