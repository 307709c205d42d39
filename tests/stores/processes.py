"""Processes that race on one database, each with Django and a connection of its own."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.db import connection

from tests.stores.races import Call, Race

TOKENS, ACCOUNTS = "tokens.stores.store", "accounts.stores.store"
"""The functions that answer a process's store."""


@dataclass(frozen=True, slots=True)
class Racer:
    """A process, and our end of its pipe."""

    process: SpawnProcess
    pipe: "Connection[Any, Any]"

    def ask(self, call: Call) -> Any:
        """What its store answers. EOFError, or ConnectionError, where it died before it said so."""
        self.pipe.send(call)
        return self.pipe.recv()

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)


@contextmanager
def racers(number: int, **environ: str) -> Iterator[Race]:
    """`environ`: what tells them of another store than the database's."""
    with started(number, TOKENS, **environ) as processes:
        yield race_of(processes)


def race_of(racers: Sequence[Racer]) -> Race:
    def race(calls: Sequence[Call]) -> list[Any]:
        """Calls may be fewer than processes."""
        racing = racers[: len(calls)]
        for racer, call in zip(racing, calls, strict=True):
            racer.pipe.send(call)
        return [racer.pipe.recv() for racer in racing]

    return race


@contextmanager
def started(number: int, of: str, **environ: str) -> Iterator[Sequence[Racer]]:
    """Processes that are ready to be asked. `of`: the dotted path of the function that answers their store."""
    spawn, made = get_context("spawn"), list[Racer]()
    for _ in range(number):
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(theirs, of, {"DATABASE_URL": database_url(), **environ}))
        process.start()
        # Only ours is left, so that a process that dies ends the wait for it.
        theirs.close()
        made.append(Racer(process, ours))
    try:
        assert [racer.pipe.recv() for racer in made] == ["ready"] * number
        yield made
    finally:
        for racer in made:
            racer.pipe.close()
        for racer in made:
            racer.process.join(10)
            racer.process.kill()


def database_url(**options: str) -> str:
    """The test database's, for a process that is not a test. The options are for PostgreSQL only."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        assert Path(name).is_file(), "SQLite's test database must be a file, as idp/databases.py says"
        return f"sqlite:///{quote(name)}"
    url = urlsplit(os.environ["DATABASE_URL"])
    query = urlencode({**dict(parse_qsl(url.query)), **(options if connection.vendor == "postgresql" else {})})
    return url._replace(path=f"/{name}", query=query).geturl()


def _serve(pipe: "Connection[Any, Any]", of: str, environ: Mapping[str, str]) -> None:
    """Answers until its pipe is closed. An error ends it, and with it the test."""
    os.environ |= environ
    import django

    django.setup()
    from django.db import connection
    from django.utils.module_loading import import_string

    from tests.stores.races import made

    store = import_string(of)()
    connection.ensure_connection()
    pipe.send("ready")
    while True:
        try:
            call = pipe.recv()
        except EOFError:
            return
        pipe.send(made(store, call))
