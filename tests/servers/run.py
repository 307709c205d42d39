"""`manage.py test`: pytest over real servers that start and stop with it."""

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from idp import secrets
from idp.local import postgres, valkey
from idp.local.processes import CannotStart
from tests.servers import dynamodb, mariadb
from tests.servers.chromium import chromium

ROOT = Path(__file__).parents[2]
WORKERS = 3
"""One more than the cores that the suite is measured on: a third of it waits for servers."""
FAST, LONG = "--fast", "--long"
FOLDERS = ("tests/protocol", "tests/grants", "tests/endpoints")
"""Whose tests need no server, but for those that are marked `server`."""
WITHOUT = ("-p", "no:schemathesis")
"""A plugin that takes seconds to start, and that only tests with servers need."""
FOREIGN = (
    *("IDP_", "DATABASE_URL", "REDIS_URL", "PG", "TEST_LEFT", "TEST_LONG", dynamodb.DESK),
    "PYTHONDONTWRITEBYTECODE",
)
"""The operator's own settings say nothing about the tests, libpq's would reach another server than the one we name,
and a run within a run has its own extent and servers. A run starts hundreds of programs: without bytecode each would
compile all of it, which takes twice the CPU of its start."""
KEEP = "--reuse-db"
"""A server of ours goes with all that is in it: to drop three databases one by one before takes time, and locks."""


def main(arguments: list[str]) -> int:
    """Runs pytest with `arguments`; returns its exit code, or 2 when a server cannot be had."""
    ours, arguments = _split(arguments)
    if FAST in ours:
        return _without_servers(arguments)
    try:
        with servers(os.environ) as (urls, report):
            extent = _extent(ours, arguments)
            environ = {**own(os.environ), **urls, **extent, "TEST_REPORT": json.dumps({**report, **_left(extent)})}
            kept = [] if os.environ.get("TEST_DATABASE_URL") else [KEEP]
            return _collect_static(arguments, environ) or _pytest([*kept, *arguments], environ)
    except CannotStart as error:
        print(f"manage.py test: {error}", file=sys.stderr)
        return 2


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Our own options, and what is pytest's."""
    ours = [argument for argument in arguments if argument in (FAST, LONG)]
    return ours, [argument for argument in arguments if argument not in ours]


def _extent(ours: list[str], arguments: list[str]) -> dict[str, str]:
    """What tells the tests that they may take their time (`tests.support.long`), or that some of them are left
    (`tests.left_to_long`)."""
    if LONG in ours:
        return {"TEST_LONG": "1"}
    return {} if _named(arguments) else {"TEST_LEFT": "1"}


def _left(extent: Mapping[str, str]) -> dict[str, str]:
    return {"Left": f"what tests/left_to_long.py names, to {LONG}"} if "TEST_LEFT" in extent else {}


def _named(arguments: list[str]) -> bool:
    """Whether a file or a folder is."""
    return any(Path(argument.partition("::")[0]).exists() for argument in arguments)


def _without_servers(arguments: list[str]) -> int:
    """The plugin `tests.fast` does it, where no TEST_REPORT says that servers run."""
    environ = {name: value for name, value in own(os.environ).items() if not name.startswith("TEST_")}
    return _pytest([*WITHOUT, *arguments, *([] if _named(arguments) else FOLDERS)], environ)


@contextlib.contextmanager
def servers(environ: Mapping[str, str]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """What the tests need, running: the environment that says where it is, and what it is, for the report."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="idp-test-")))
        secrets.create(folder / "secrets")
        store = _store(environ)
        browser = chromium(environ)
        database, database_name = _database(environ, folder, stack)
        redis = environ.get("TEST_REDIS_URL") or stack.enter_context(valkey.valkey()).url
        urls = {
            "IDP_DATA": str(folder),
            "TEST_DATABASE_URL": database,
            "DATABASE_URL": database,
            "TEST_REDIS_URL": redis,
            "REDIS_URL": redis,
            "TEST_CHROMIUM": browser.path,
            **dynamodb.environment(environ, folder, stack),
        }
        yield (
            urls,
            {
                "Python": f"{platform.python_implementation()} {platform.python_version()}",
                "Django": metadata.version("django"),
                "Database": database_name,
                "Redis protocol": valkey.version(redis),
                "DynamoDB": dynamodb.version(environ),
                "Store": store,
                "Chromium": browser.version,
            },
        )


def _database(environ: Mapping[str, str], folder: Path, stack: contextlib.ExitStack) -> tuple[str, str]:
    """URL and name of the database that the tests run on: TEST_DATABASE_URL, or the kind that TEST_DATABASE names."""
    kind = environ.get("TEST_DATABASE") or "postgresql"
    if kind not in DATABASES:
        raise CannotStart(f"TEST_DATABASE: {kind!r} is not one of {', '.join(DATABASES)}")
    url = environ.get("TEST_DATABASE_URL") or DATABASES[kind](folder, stack)
    return url, VERSIONS[url.partition(":")[0]](url)


def _store(environ: Mapping[str, str]) -> str:
    """Where the store is that the tests run on, by TEST_STORE (`tests.on_dynamodb`)."""
    kind = environ.get("TEST_STORE") or "orm"
    if kind not in STORES:
        raise CannotStart(f"TEST_STORE: {kind!r} is not one of {', '.join(STORES)}")
    return STORES[kind]


def _sqlite_version(url: str) -> str:
    import sqlite3

    return f"SQLite {sqlite3.sqlite_version}"


def _postgresql_version(url: str) -> str:
    return f"PostgreSQL {postgres.version(url)}"


def _mariadb_version(url: str) -> str:
    return f"MariaDB {mariadb.version(url)}"


DATABASES: Mapping[str, Callable[[Path, contextlib.ExitStack], str]] = {
    "postgresql": lambda folder, stack: stack.enter_context(postgres.postgres()).url,
    "sqlite": lambda folder, stack: f"sqlite:///{folder / 'db.sqlite3'}",
    "mariadb": lambda folder, stack: stack.enter_context(mariadb.mariadb()).url,
}
STORES = {"orm": "in the database", "dynamodb": "in DynamoDB"}
VERSIONS: Mapping[str, Callable[[str], str]] = {
    "sqlite": _sqlite_version,
    "postgresql": _postgresql_version,
    "postgres": _postgresql_version,
    "mysql": _mariadb_version,
    "mariadb": _mariadb_version,
}


def own(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without the operator's settings, but for who they are at a DynamoDB that they name."""
    foreign = FOREIGN if dynamodb.NAMED in environ else (*FOREIGN, "AWS_")
    return {name: value for name, value in environ.items() if not name.startswith(foreign)}


def _collect_static(arguments: list[str], environ: dict[str, str]) -> int:
    """Pages name their static files by hash, as in production: the manifest has to be there. Returns the exit code."""
    if "--collect-only" in arguments:
        (Path(environ["IDP_DATA"]) / "static").mkdir()  # whose absence the importing of idp.wsgi would warn of
        return 0
    collect = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "--verbosity=0"]
    return subprocess.run(collect, env=environ, cwd=ROOT, check=False).returncode


def _pytest(arguments: list[str], environ: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *_workers(arguments), *arguments]
    process = subprocess.Popen(command, env=environ, cwd=ROOT)

    def interrupt(number: int, frame: object) -> None:
        # Ctrl-C reaches pytest by itself; a SIGTERM is for us only, and pytest tidies up after SIGINT only.
        if number != signal.SIGINT:
            process.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _workers(arguments: list[str]) -> list[str]:
    """Three processes, unless the person said otherwise or wants to look on with a debugger."""
    alone = any(
        argument.startswith(("-n", "--numprocesses", "--pdb", "-s")) or "xdist" in argument for argument in arguments
    )
    # A file stays whole in one worker: its servers are started once.
    return [] if alone else ["-n", str(WORKERS), "--dist", "loadfile"]
