"""Fixtures that hold in several folders: a conftest.py imports those that it wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import MailedCode, Once, Throttle, UnfinishedSignIn, User, Walk
from idp.local.processes import free_port
from tests.support import builders
from tests.support.held import add_keys, forget_everything
from tokens import keys
from tokens.conf import SIGNING_ALGS
from tokens.keys import local
from tokens.protocol.records import SigningKey


@pytest.fixture(scope="session")
def pairs() -> list[SigningKey]:
    """A key pair an algorithm, made once: an RSA key takes a while."""
    return [local.generate(alg, datetime.now(UTC)) for alg in SIGNING_ALGS]


@pytest.fixture(autouse=True)
def signing_keys(db: None, pairs: list[SigningKey]) -> Iterator[dict[str, SigningKey]]:
    """The active keys by algorithm, in the store, and a signer that has not read them yet."""
    add_keys(pairs)
    keys._made.cache_clear()
    yield {pair.alg: pair for pair in pairs}
    keys._made.cache_clear()


def make_keys() -> None:
    """Signing keys of this test's own, and a signer that has not read those of another."""
    keys._made.cache_clear()
    keys.create_missing(datetime.now(UTC))


@pytest.fixture
def kept_open(db: None) -> Iterator[None]:
    """The test's transaction outlives its requests, as with Django's test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def anybody() -> Client:
    """A browser or a program that nobody is signed in with. What fails inside shows as the 500 that it is."""
    return Client(raise_request_exception=False)


@pytest.fixture
def alice() -> User:
    return builders.person(
        "alice", name="Alice Liddell", given_name="Alice", family_name="Liddell", email_verified=True
    )


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's browser, signed in."""
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
    return signed_in


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database without a transaction around the test, so that others see what it does; emptied of our rows.
    So is a store elsewhere, also of what other processes wrote there."""
    with django_db_blocker.unblock():
        yield
        forget_everything()
        _wait_for_locks()
        for model in apps.get_app_config("tokens").get_models():
            if model._meta.managed:
                model._default_manager.all().delete()
        for passing in (Throttle, Once, MailedCode, UnfinishedSignIn):
            passing.objects.all().delete()
        Walk.objects.all().delete()
        connections.close_all()


def _wait_for_locks() -> None:
    """To clear up is no request: on a slow disk it may take longer than one would wait."""
    connection = connections["default"]
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET innodb_lock_wait_timeout = 60, lock_wait_timeout = 60")


@pytest.fixture(params=["no pool", "pool"])
def down(request: pytest.FixtureRequest) -> Iterator[None]:
    with database_away(pooled=request.param == "pool"):
        yield


@contextmanager
def database_away(*, pooled: bool) -> Iterator[None]:
    """The database moves to a port where nobody listens; the connection that the test itself has waits aside."""
    here = connections["default"]
    if here.vendor == "sqlite":
        pytest.skip("SQLite is a file: it is not down")
    if here.vendor != "postgresql" and pooled:
        pytest.skip("only PostgreSQL has a pool")
    away = connections.create_connection("default")
    options = {**here.settings_dict["OPTIONS"], "connect_timeout": 1}
    if here.vendor == "postgresql":
        options["pool"] = {"min_size": 0, "max_size": 2, "timeout": 0.2} if pooled else False
    away.settings_dict = {**here.settings_dict, "HOST": "127.0.0.1", "PORT": str(free_port()), "OPTIONS": options}
    away.alias = "away"
    connections["default"] = away
    try:
        yield
    finally:
        away.close()
        if pooled:
            away.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's
        connections["default"] = here
