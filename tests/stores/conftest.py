"""What a store's tests stand on."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connections
from pytest_django import DjangoDbBlocker

pytest.register_assert_rewrite(
    *(f"tests.stores.{name}" for name in ("suite", "suite_journal", "suite_keys", "suite_one_time", "contention"))
)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database without a transaction around the test, so that others see what it does; emptied of our rows."""
    with django_db_blocker.unblock():
        yield
        for model in apps.get_app_config("tokens").get_models():
            if model._meta.managed:
                model._default_manager.all().delete()
        connections.close_all()
