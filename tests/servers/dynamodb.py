"""DynamoDB for the tests: ministack, started when the first of them asks for it, moto where TEST_DYNAMODB says so, or
the server that TEST_DYNAMODB_URL names."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

from idp.local import ministack
from idp.local.processes import CannotStart
from tests.servers import moto
from tests.servers.on_demand import ask, on_demand

NAMED, DESK = "TEST_DYNAMODB_URL", "TEST_DYNAMODB_DESK"
"""Where it is, and where one asks for that."""
REGION = os.environ.get("AWS_REGION") or ministack.CREDENTIALS["AWS_REGION"]
"""Whoever names another server says by AWS_* who they are there, and in which region."""
PREFIX = f"test-{uuid4().hex[:8]}."
"""Of the tables of this process: no two of a run write into the same."""


def environment(environ: Mapping[str, str], folder: Path, stack: contextlib.ExitStack) -> dict[str, str]:
    """What tells a run's tests where it is, until the stack is closed. `folder`: of the run."""
    if given := environ.get(NAMED):
        return {NAMED: given}
    stack.enter_context(on_demand(folder / "dynamodb", SERVERS[_kind(environ)]))
    return {DESK: str(folder / "dynamodb"), **ministack.CREDENTIALS}


def version(environ: Mapping[str, str]) -> str:
    """Its name and version, or where it is."""
    return environ.get(NAMED) or VERSIONS[_kind(environ)]()


@functools.cache
def url() -> str:
    """Where it is: the test that asks may be the one that starts it. CannotStart, with the remedy, if it cannot be
    had."""
    return os.environ.get(NAMED) or ask(Path(os.environ[DESK]))


def of_the_store() -> dict[str, str]:
    """The settings by which this process's store is there."""
    return {
        "IDP_TOKENS_STORE": "dynamodb",
        "IDP_DYNAMODB_REGION": REGION,
        "IDP_DYNAMODB_ENDPOINT": url(),
        "IDP_DYNAMODB_PREFIX": PREFIX,
    }


def _kind(environ: Mapping[str, str]) -> str:
    kind = environ.get("TEST_DYNAMODB") or "ministack"
    if kind not in SERVERS:
        raise CannotStart(f"TEST_DYNAMODB: {kind!r} is not one of {', '.join(SERVERS)}")
    return kind


@contextlib.contextmanager
def _ministack() -> Iterator[str]:
    with ministack.ministack() as server:
        yield server.url


@contextlib.contextmanager
def _moto() -> Iterator[str]:
    with moto.moto() as server:
        yield server.url


SERVERS: Mapping[str, Callable[[], AbstractContextManager[str]]] = {"ministack": _ministack, "moto": _moto}
VERSIONS: Mapping[str, Callable[[], str]] = {"ministack": ministack.version, "moto": moto.version}
