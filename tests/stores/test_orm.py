"""The store in Django's database."""

import pytest

from tests.stores import rows
from tests.stores.contention import ContentionSuite
from tests.stores.suite import AddClient, StoreSuite
from tokens.stores.base import Store
from tokens.stores.orm import OrmStore, cleanup, one_time


@pytest.fixture
def store() -> Store:
    return OrmStore()


@pytest.fixture
def add_client() -> AddClient:
    return rows.add_client


@pytest.mark.django_db
class TestOrmStore(StoreSuite):
    pass


@pytest.mark.usefixtures("committed")
class TestOrmStoreUnderContention(ContentionSuite):
    pass


@pytest.fixture
def plain_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a database that can do nothing that only some can."""
    monkeypatch.setattr(one_time, "RETURNING", ())
    monkeypatch.setattr(cleanup, "HAVE_PLACES", ())


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_sql")
class TestOrmStoreInPlainSql(StoreSuite):
    pass


@pytest.mark.usefixtures("committed", "plain_sql")
class TestOrmStoreInPlainSqlUnderContention(ContentionSuite):
    pass
