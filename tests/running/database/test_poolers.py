"""PgBouncer between node and database: in session mode nothing is different, in transaction mode nothing starts."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from idp import secrets
from idp.local import command_lines
from idp.local.postgres import Postgres, postgres
from idp.local.processes import CannotStart, free_port
from idp.postgresql.connection import LIMITS, SHARED, Connection
from tests.servers.nodes import OURS, Node
from tests.servers.pgbouncer import PgBouncer, pgbouncer
from tests.servers.standby import port


@pytest.fixture(scope="module")
def behind() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def sharing(behind: Postgres) -> Iterator[PgBouncer]:
    with pgbouncer(port(behind), "transaction") as pooler:
        yield pooler


@pytest.fixture
def environ(behind: Postgres, sharing: PgBouncer, tmp_path: Path) -> dict[str, str]:
    """Of a node behind the one that shares sessions."""
    secrets.create(tmp_path / "secrets")
    inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    own = {"IDP_DATA": str(tmp_path), "DATABASE_URL": sharing.url(behind.url)}
    return command_lines.with_root({**inherited, "DJANGO_SETTINGS_MODULE": "idp.settings", **own})


def test_limits_hold_in_session_mode_though_what_is_asked_for_while_connecting_is_dropped(behind: Postgres) -> None:
    with pgbouncer(port(behind)) as pooler:
        url = f"{pooler.url(behind.url)}?options=-c%20statement_timeout%3D0"
        with Connection.connect(url) as one, Connection.connect(url) as another:
            for made in (one, another, one):
                for name, value in LIMITS.items():
                    assert made.execute(f"SHOW {name}".encode()).fetchone() == (value,)
                assert made.execute(b"SHOW idp.session").fetchone() == (made.mark,)
                made.rollback()


def test_before_one_that_shares_sessions_preparing_is_refused_with_one_line(environ: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "django", "prepare"], env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"manage.py: DATABASE_URL: {SHARED}\n")


def test_before_one_that_shares_sessions_a_node_ends_and_says_why(environ: dict[str, str], tmp_path: Path) -> None:
    node = Node(free_port(), environ, tmp_path / "node.log")
    node.start()
    try:
        with pytest.raises(CannotStart, match="ended with exit code"):
            node.wait()
    finally:
        node.kill()
    said = node.said()
    assert said.count(SHARED) == 1
    assert "Traceback" not in said


def test_a_session_that_is_shared_is_told_by_its_mark(behind: Postgres, sharing: PgBouncer) -> None:
    """What /readyz reads back, where the pooler's mode changes while nodes run."""
    url = sharing.url(behind.url)
    with Connection.connect(url) as one, psycopg.connect(url) as another:
        another.execute(b"SELECT set_config('idp.session', 'another', false)")
        another.commit()
        assert one.execute(b"SHOW idp.session").fetchone() == ("another",)
        assert one.mark != "another"
