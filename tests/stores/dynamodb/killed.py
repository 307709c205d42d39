"""A process that changes clients and is killed on the way from the commit to the service."""

import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from typing import Any

from accounts.ground.dynamodb.conf import DynamoDB
from tests.servers.written import written
from tests.stores.processes import database_url
from tests.support.dynamodb import client
from tokens.stores.dynamodb.tables import TABLES

WAYS = ("before it commits", "once it committed", "once one is written", "once one is published")


def killed(way: str, act: str, conf: DynamoDB) -> int | None:
    """Does the act, one of ACTS, in a process of its own; its exit code."""
    process = get_context("spawn").Process(target=_act, args=(way, act, conf, database_url()))
    process.start()
    process.join()
    for name in TABLES:
        written.look(client(), f"{conf.prefix}{name}")
    return process.exitcode


def _act(way: str, act: str, conf: DynamoDB, url: str) -> None:
    os.environ["DATABASE_URL"] = url
    import django

    django.setup()
    from accounts.ground import clock
    from accounts.ground.dynamodb.client import client_of
    from accounts.ground.dynamodb.service import Service
    from accounts.ground.dynamodb.state import State
    from tests.stores.dynamodb.acts import ACTS
    from tokens.stores.dynamodb.store import store_of

    store = store_of(State(Service(client_of(conf, 1)), conf.prefix, "0", clock.now))
    _FAILPOINTS[way](store.clients.publisher)  # type: ignore[attr-defined]  # this store's
    ACTS[act](store)


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(publisher: Any) -> None:
    publisher.owe = publisher.owe_each = lambda *_, **__: _die()


def _committed(publisher: Any) -> None:
    publisher._at_commit = _die


def _written(publisher: Any) -> None:
    replace = publisher.state.replace

    def die(*arguments: Any) -> None:
        replace(*arguments)
        _die()

    publisher.state.replace = die


def _published(publisher: Any) -> None:
    publish = publisher._publish

    def die(*arguments: Any) -> None:
        publish(*arguments)
        _die()

    publisher._publish = die


_FAILPOINTS: Mapping[str, Callable[[Any], None]] = dict(
    zip(WAYS, (_before, _committed, _written, _published), strict=True)
)
