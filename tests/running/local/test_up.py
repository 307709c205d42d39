"""`manage.py up`, as a person runs it."""

import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.running.local.test_processes import alive

ROOT = Path(__file__).parents[3]
MANAGE = str(ROOT / "manage.py")
Start = Callable[..., "Up"]
LONGEST = 240.0
"""Seconds until it has said something: a cluster starts nine processes, and other work may have the machine."""


class Up:
    """A running `up` and what it said."""

    root = ROOT
    """The repository."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.out, self.err = folder / "out", folder / "err"
        kept = [] if "--memory" in arguments else ["--data", str(folder / "data")]
        command = [sys.executable, str(self.root / "manage.py"), "up", *kept, *arguments]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                command, env=own(**environ), cwd=self.root, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    def serves(self) -> str:
        """The address, once it is printed."""
        return self.says(self.out, r"serves (\S+)")

    def says(self, file: Path, pattern: str) -> str:
        deadline = time.monotonic() + LONGEST
        while not (match := re.search(pattern, file.read_text())):
            assert self.process.poll() is None or time.monotonic() < deadline, self.err.read_text()
            assert time.monotonic() < deadline, self.err.read_text()
            time.sleep(0.05)
        return match[1] if match.groups() else match[0]

    def children(self) -> dict[int, str]:
        """Every process beneath it, with its command line."""
        parents = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat_line = (folder / "stat").read_text()
            except OSError:
                continue
            parents[int(folder.name)] = int(stat_line.rpartition(")")[2].split()[1])
        found = {self.process.pid}
        while grown := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= grown
        return {pid: Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in found - {self.process.pid}}

    def one(self, part: str) -> int:
        """The first process beneath it whose command line has `part`."""
        return min(pid for pid, command in self.children().items() if part in command)

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def own(**more: str) -> dict[str, str]:
    """An environment without the settings of the tests."""
    ours = ("IDP_", "DATABASE_URL", "REDIS_URL", "TEST_", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


def fails(*arguments: str, **environ: str) -> list[str]:
    """What `up` says when it cannot start: its lines, all on stderr."""
    command = [sys.executable, MANAGE, "up", *arguments]
    done = subprocess.run(command, env=own(**environ), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.splitlines()


def elsewhere(*arguments: str, **environ: str) -> str:
    """What a command of another terminal prints."""
    command = [sys.executable, MANAGE, *arguments]
    return subprocess.run(command, env=own(**environ), capture_output=True, text=True, check=True).stdout


def get(url: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", urlsplit(url)._replace(scheme="", netloc="").geturl() or "/")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.fixture
def start_up(tmp_path: Path) -> Iterator[Start]:
    started: list[Up] = []

    def start_one(*arguments: str, **environ: str) -> Up:
        started.append(Up(tmp_path, *arguments, **environ))
        return started[-1]

    yield start_one
    for each in started:
        if each.process.poll() is None:
            each.end(signal.SIGTERM)


def test_it_serves_says_what_to_do_next_and_ctrl_c_leaves_no_child(start_up: Start, tmp_path: Path) -> None:
    up = start_up("--port", "0", "--demo")
    address = up.serves()
    demo = up.says(up.out, r"sign in with: (\S+)")
    said = up.out.read_text()
    assert f"IDP_DATA={tmp_path / 'data'} python3 {MANAGE} users first-admin" in said
    link = up.says(up.out, rf"({re.escape(address)}/accounts/password/new/\?link=\S+)")
    assert b"Choose a password" in get(link)[1]
    assert f"curl {address}/.well-known/openid-configuration" in said
    assert f"{address}/accounts/password/new/" in elsewhere("users", "add", "carol", IDP_DATA=str(tmp_path / "data"))

    status, body = get(f"{address}/.well-known/openid-configuration")
    assert (status, json.loads(body)["issuer"]) == (200, address)
    up.says(up.err, "made the server's secrets")
    kept = tmp_path / "data" / "demo.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    client = json.loads(kept.read_text())
    assert demo == f"http://localhost:{client['port']}"

    children = up.children()
    assert up.end() == 0
    assert [command for pid, command in children.items() if alive(pid)] == []
    assert "Traceback" not in up.err.read_text()

    again = start_up("--port", "0", "--demo")
    again.serves()
    assert json.loads(kept.read_text()) == client
    assert "made the server's secrets" not in again.err.read_text()
    assert again.end(signal.SIGTERM) == 0


def test_scheduled_work_that_dies_is_started_again_and_a_server_that_dies_ends_up(start_up: Start) -> None:
    up = start_up("--port", "0")
    up.serves()
    first = up.one("manage.py work")
    os.kill(first, signal.SIGKILL)
    up.says(up.err, r"scheduled work ended \(exit code -9\); starting it again in 1 s")
    deadline = time.monotonic() + 60
    while not any("manage.py work" in command for pid, command in up.children().items() if pid != first):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    children = up.children()
    os.kill(up.one("gunicorn"), signal.SIGKILL)
    assert up.process.wait(30) == 1
    assert "the server ended by itself (exit code -9)" in up.err.read_text()
    assert [command for pid, command in children.items() if alive(pid)] == []


def test_a_node_whose_tasks_are_switched_off_cleans_nothing_up(start_up: Start) -> None:
    up = start_up("--port", "0", IDP_TASKS="false")
    up.serves()
    assert not any("cleanup" in command for command in up.children().values())


def test_a_stop_while_it_prepares_leaves_no_child(start_up: Start) -> None:
    up = start_up("--port", "0")
    up.says(up.err, "preparing tables")
    children = up.children()
    assert up.end(signal.SIGTERM) == 0
    assert [command for pid, command in children.items() if alive(pid)] == []
    assert up.out.read_text() == ""


def test_a_taken_port_is_one_line_with_its_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert fails("--port", str(port), "--data", str(tmp_path)) == [
            f"manage.py: port {port} of 127.0.0.1 is taken: stop what listens there, or choose another with --port"
            " (0: a free one)"
        ]
    assert list(tmp_path.iterdir()) == []


def test_a_second_one_on_the_same_folder_is_one_line_and_leaves_the_first_alone(
    start_up: Start, tmp_path: Path
) -> None:
    """The database's issuer would be the second's, and the first would answer nobody."""
    first = start_up("--port", "0")
    address = first.serves()
    port = str(urlsplit(address).port)
    said = f"manage.py: {tmp_path / 'data'} is in use: {address} runs on it: use that one, stop it, or choose another"
    for asked in (port, "0"):
        assert fails("--port", asked, "--data", str(tmp_path / "data")) == [f"{said} folder with --data"]
    assert first.end(signal.SIGINT) == 0
    start_up("--port", "0").serves()


def test_an_address_of_another_machine_is_one_line_with_its_remedy(tmp_path: Path) -> None:
    [line] = fails("--host", "192.0.2.1", "--data", str(tmp_path))
    assert line.startswith("manage.py: cannot listen on 192.0.2.1 (")
    assert line.endswith("): choose an address of this machine with --host")


def test_an_unwritable_folder_is_one_line_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    data = tmp_path / "file" / "data"
    assert fails("--port", "0", "--data", str(data)) == [
        f"manage.py: cannot write to {data} (Not a directory): make it writable, or choose another with --data"
    ]


def test_every_broken_setting_is_one_line_and_all_are_told_at_once(tmp_path: Path) -> None:
    lines = fails(
        "--port", "http", "--base-url", "ftp://example.com", IDP_DATA=str(tmp_path), IDP_COLOUR="red", DATABASE_URL="dbase:///x"
    )  # fmt: skip
    assert [line.split(": ")[:2] for line in lines] == [
        ["manage.py", "IDP_PORT"],
        ["manage.py", "IDP_BASE_URL"],
        ["manage.py", "DATABASE_URL"],
        ["manage.py", "IDP_COLOUR"],
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_away_is_named_with_its_remedy(tmp_path: Path) -> None:
    lines = fails("--port", "0", "--data", str(tmp_path), DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    output = [line for line in lines if "the database does not answer" in line]
    assert len(output) == 1
    assert output[0].endswith("): start it, or check DATABASE_URL")


def test_a_file_that_is_no_database_is_one_line_that_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").write_text("nothing that SQLite wrote" * 100)
    lines = [line for line in fails("--port", "0", "--data", str(tmp_path)) if "DATABASE_URL" in line]
    assert lines == [
        "manage.py: the database cannot be used (file is not a database): check DATABASE_URL, and what its user may do"
    ]


def test_secrets_of_another_database_are_one_line_that_names_each(start_up: Start, tmp_path: Path) -> None:
    first = start_up("--port", "0")
    first.serves()
    assert first.end() == 0
    other = tmp_path / "other"
    lines = fails("--port", "0", "--data", str(tmp_path / "data"), IDP_SECRETS=str(other))
    [line] = [line for line in lines if "IDP_SECRETS" in line]
    assert [part.partition(": ")[0] for part in line.removeprefix("manage.py: ").split("; ")] == [
        *("IDP_SECRETS/pairwise_salt", "IDP_SECRETS/secret_key", "IDP_SECRETS/pepper", "IDP_SECRETS/sealing"),
    ]
    assert not any("Traceback" in line for line in lines)


def test_an_option_overrules_the_environment(tmp_path: Path) -> None:
    [line] = fails("--port", "70000", IDP_PORT="80000", IDP_DATA=str(tmp_path))
    assert line == "manage.py: IDP_PORT: 70000 is not a port (0 to 65535)"


def test_an_unknown_option_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    lines = fails("--colour", "red", IDP_DATA=str(tmp_path))
    assert lines[-1] == "manage.py up: error: unrecognized arguments: --colour red"
    assert list(tmp_path.iterdir()) == []
