"""`manage.py up` at an IPv6 address, with all that it makes for its owner alone."""

import contextlib
import json
import socket
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

from tests.running.local.test_up import Start, get, start_up

__all__ = ["start_up"]


def opened(folder: Path) -> Iterator[tuple[str, int]]:
    """What others may do something with, apart from what everybody is sent."""
    for path in sorted(folder.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077 and "static" not in path.relative_to(folder).parts:
            yield str(path.relative_to(folder)), mode


def test_it_is_its_issuer_s_address_and_nobody_else_reads_what_it_makes(start_up: Start, tmp_path: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
        port = free.getsockname()[1]
    address, data = f"http://[::1]:{port}", tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)  # as a folder is that somebody made before
    up = start_up("--host", "[::1]", "--port", str(port), "--base-url", f"HTTP://[0::1]:{port}/")
    assert up.serves() == address
    status, body = get(f"{address}/.well-known/openid-configuration")
    assert (status, json.loads(body)["issuer"]) == (200, address)
    assert get(f"{address}/accounts/login/")[0] == 200
    with contextlib.closing(sqlite3.connect(data / "db.sqlite3")) as reader:
        reader.execute("SELECT 1 FROM django_migrations")  # while somebody reads, the log is there
        made = {path.name for path in data.rglob("*")}
        assert {"db.sqlite3", "db.sqlite3-wal", "secrets", "pepper", "static"} <= made
        assert list(opened(data)) == []
    assert stat.S_IMODE((data / "static").stat().st_mode) & 0o077 == 0
