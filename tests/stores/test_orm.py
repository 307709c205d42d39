"""The store in Django's database."""

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.ground import clock, dialects
from tests.stores import rows, samples
from tests.stores.contention import ContentionSuite
from tests.stores.races import SweepingRaceSuite
from tests.stores.samples import CLIENT, END, FAR, INSTANT, NOW, AddClient, AddResource
from tests.stores.suite import StoreSuite
from tests.stores.suite.lists_by_client import ListsByClientSuite
from tests.stores.suite.sweeping import SweepingSuite
from tokens import models
from tokens.protocol.records import Client
from tokens.stores.base import Store
from tokens.stores.orm import orm_store


@pytest.fixture
def store() -> Store:
    return orm_store()


@pytest.fixture
def add_client() -> AddClient:
    return rows.add_client


@pytest.fixture
def add_resource() -> AddResource:
    return rows.add_resource


@pytest.mark.django_db
class TestOrmStore(StoreSuite, ListsByClientSuite, SweepingSuite):
    pass


@pytest.mark.django_db
def test_a_code_of_a_node_that_knew_no_consent_ids_still_works(store: Store) -> None:
    code = samples.code(authorization=samples.authorization(consent_id=None))
    store.codes.add(code)
    row = models.AuthorizationCode.objects.get(key=code.key)
    del row.authorization["consent_id"]
    row.save()
    assert store.codes.consume(code.key, CLIENT, NOW) == replace(code, spent_at=NOW)


@pytest.mark.django_db
def test_a_member_that_only_a_newer_node_knows_outlives_a_change(store: Store, add_client: AddClient) -> None:
    add_client(samples.client())
    row = models.Client.objects.get()
    row.metadata["dpop_bound_access_tokens"] = True
    row.save(update_fields=["metadata"])
    before = store.clients.get(CLIENT)
    assert before is not None
    assert store.clients.change(replace(before, client_uri="https://rp.example/"), before.updated)
    after = models.Client.objects.get().metadata
    assert after == row.metadata | {"client_uri": "https://rp.example/"}


@pytest.mark.django_db
def test_versions_move_on_by_a_clock_that_is_behind_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a form that was read before would be written over what came between."""
    held = samples.resource()
    store.resources.add(held, [])
    store.clients.add(samples.client(scope=held.permissions, resources=()))
    monkeypatch.setattr(clock, "now", lambda: NOW - timedelta(days=365))
    [resource], client = store.resources.all(), store.clients.get(CLIENT)
    assert client is not None
    assert store.clients.change(client, client.updated)
    assert store.resources.change(replace(resource, scope=("other",)), [], resource.updated)
    [changed], after = store.resources.all(), store.clients.get(CLIENT)
    assert after is not None
    assert after.scope == ()
    assert (changed.updated, after.updated) == (resource.updated + INSTANT, client.updated + 2 * INSTANT)


@pytest.mark.django_db
def test_of_a_client_nothing_is_kept_but_what_its_rows_say_now(store: Store) -> None:
    store.clients.add(samples.client(client_id="0.kept", resources=()))
    for day in range(3):
        store.clients.note_protection("0.kept", "pkce", NOW + timedelta(days=day), timedelta(days=1))
        client = store.clients.get("0.kept")
        assert client is not None
        assert client.protections_seen.pkce == NOW + timedelta(days=day)
    del client
    gc.collect()
    assert sum(type(each) is Client and each.client_id == "0.kept" for each in gc.get_objects()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("until", [NOW, FAR])
def test_an_instant_that_another_node_wrote_moves_forward_alone(store: Store, until: datetime) -> None:
    models.Revocation.objects.create(key="subject:x", until=until, expires=END)
    begun = datetime.now(UTC) - timedelta(milliseconds=1)
    store.journal.revoke_until_now("subject:x", END)
    row = models.Revocation.objects.get().until
    assert row is not None
    assert row == until if until > begun else begun <= row <= datetime.now(UTC)


@pytest.mark.usefixtures("committed")
class TestOrmStoreUnderContention(ContentionSuite, SweepingRaceSuite):
    pass


ABILITIES = ("returning", "write_in_cte", "has_ctid")


@pytest.fixture
def plain_sql(without: Callable[..., None]) -> None:
    """As on a database that can do nothing that only some can."""
    words = dialects.dialect()
    if not any(getattr(words, name) for name in ABILITIES):
        pytest.skip("this database can do none of it: the same test ran on it as it is")
    without(*ABILITIES)


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_sql")
class TestOrmStoreInPlainSql(StoreSuite, ListsByClientSuite, SweepingSuite):
    pass


@pytest.mark.usefixtures("plain_sql", "committed")
class TestOrmStoreInPlainSqlUnderContention(ContentionSuite, SweepingRaceSuite):
    pass
