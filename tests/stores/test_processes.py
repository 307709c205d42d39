"""The database's store under several processes at once, as the nodes of a cluster are."""

from collections.abc import Iterator

import pytest

from tests.stores import rows
from tests.stores.processes import racers
from tests.stores.races import RUNNERS, Race, RaceSuite, SweepingRaceSuite
from tests.stores.samples import AddClient
from tokens.stores.base import Store
from tokens.stores.orm import orm_store


@pytest.fixture(scope="module")
def race(django_db_setup: None) -> Iterator[Race]:
    with racers(RUNNERS, IDP_TOKENS_STORE="orm") as run:
        yield run


@pytest.fixture
def store() -> Store:
    return orm_store()


@pytest.fixture
def add_client() -> AddClient:
    return rows.add_client


@pytest.mark.usefixtures("committed")
class TestOrmStoreBetweenProcesses(RaceSuite, SweepingRaceSuite):
    pass
