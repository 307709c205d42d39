"""Processes that race on one database, each with Django and a connection of its own."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.db import connection

from tests.stores.races import Call, Race


@contextmanager
def racers(number: int, **environ: str) -> Iterator[Race]:
    """`environ`: what tells them of another store than the database's."""
    spawn = get_context("spawn")
    pipes = [spawn.Pipe() for _ in range(number)]
    processes = [
        spawn.Process(target=_serve, args=(theirs, {"DATABASE_URL": database_url(), **environ})) for _, theirs in pipes
    ]
    for process, (_, theirs) in zip(processes, pipes, strict=True):
        process.start()
        # Only ours is left, so that a process that dies ends the wait for it.
        theirs.close()
    ours = [pipe for pipe, _ in pipes]

    def race(calls: Sequence[Call]) -> list[Any]:
        """Calls may be fewer than processes."""
        racing = ours[: len(calls)]
        for pipe, call in zip(racing, calls, strict=True):
            pipe.send(call)
        return [pipe.recv() for pipe in racing]

    try:
        assert [pipe.recv() for pipe in ours] == ["ready"] * number
        yield race
    finally:
        for pipe in ours:
            pipe.close()
        for process in processes:
            process.join(10)
            process.kill()


def database_url(**options: str) -> str:
    """The test database's, for a process that is not a test. The options are for PostgreSQL only."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        assert Path(name).is_file(), "SQLite's test database must be a file, as idp/databases.py says"
        return f"sqlite:///{quote(name)}"
    url = urlsplit(os.environ["DATABASE_URL"])
    query = urlencode({**dict(parse_qsl(url.query)), **(options if connection.vendor == "postgresql" else {})})
    return url._replace(path=f"/{name}", query=query).geturl()


def _serve(pipe: "Connection[Any, Any]", environ: Mapping[str, str]) -> None:
    """Answers until its pipe is closed. An error ends it, and with it the test."""
    os.environ |= environ
    import django

    django.setup()
    from tests.stores.races import made
    from tokens.stores import store as store_of_the_settings

    store = store_of_the_settings()
    store.keys.all()
    pipe.send("ready")
    while True:
        try:
            call = pipe.recv()
        except EOFError:
            return
        pipe.send(made(store, call))
