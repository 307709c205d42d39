"""Rows that are added where they are missing, also in a database that has no statement for it."""

import pytest
from django.db import IntegrityError, connection

from accounts.ground.add_missing import add_missing
from accounts.models import User
from accounts.walks import Walk


@pytest.fixture(params=[True, False], ids=["in one statement", "one by one"])
def _database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(connection.features, "supports_ignore_conflicts", request.param)


@pytest.mark.usefixtures("_database")
def test_what_is_there_stays_as_it_is() -> None:
    Walk.objects.create(name="a", at="here")
    add_missing([Walk(name="a"), Walk(name="b")])
    add_missing([])
    assert dict(Walk.objects.filter(name__in="ab").values_list("name", "at")) == {"a": "here", "b": ""}


def test_one_by_one_any_other_fault_is_raised(monkeypatch: pytest.MonkeyPatch, person: User) -> None:
    monkeypatch.setattr(connection.features, "supports_ignore_conflicts", False)
    with pytest.raises(IntegrityError):
        add_missing([User(username=person.username)])
