"""What a store's tests stand on."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import connections
from pytest_django import DjangoDbBlocker

from tokens.stores.orm import dialects


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database without a transaction around the test, so that others see what it does; emptied of our rows."""
    with django_db_blocker.unblock():
        yield
        for model in apps.get_app_config("tokens").get_models():
            if model._meta.managed:
                model._default_manager.all().delete()
        connections.close_all()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Takes abilities away from the database, by the names that `Dialect` gives them."""

    def take(*names: str) -> None:
        lesser = {
            vendor: replace(words, **dict.fromkeys(names, False))  # type: ignore[arg-type]  # abilities are bools
            for vendor, words in dialects.DIALECTS.items()
        }
        monkeypatch.setattr(dialects, "DIALECTS", lesser)

    return take
