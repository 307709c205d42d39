"""What requests read is compared with SQL, and published where it differs."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from pytest_django.fixtures import Settings

from accounts.ground.dynamodb import calls
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.unavailable import Unavailable
from tests.stores import samples
from tests.stores.dynamodb.acts import IDS, ORDERS, arrange, change, change_resource, read, written
from tests.stores.dynamodb.failing import owed, publisher
from tokens import models
from tokens.stores.base import Store
from tokens.stores.dynamodb import published
from tokens.stores.dynamodb.reconciling import Difference, reconcile, unknown
from tokens.stores.orm import orm_store
from tokens.stores.orm.statements import publications
from tokens.work import publishing

pytestmark = pytest.mark.django_db
MINUTE, HOUR = 60_000_000, 3_600_000_000
"""Microseconds."""

Put = Callable[..., None]


@pytest.fixture
def put(store: Store, operator: Any) -> Put:
    """Changes a client's item by hand."""
    state = publisher(store).state

    def put(client_id: str, **changes: Any) -> None:
        place = published.place(client_id)
        item = {**(state.get(place) or {}), **changes}
        operator.put_item(TableName=state.name(place), Item=calls.whole(place, item))

    return put


def run(task: str, may: bool = True) -> dict[str, int]:
    return dict(publishing.TASKS[task].work(lambda: may))


def test_where_nothing_differs_nothing_is_written(store: Store) -> None:
    arrange(store)
    before = list(models.Publication.objects.order_by("client_id").values())
    assert list(reconcile(publisher(store))) == []
    assert list(unknown(publisher(store), end=True)) == []
    assert list(models.Publication.objects.order_by("client_id").values()) == before


def test_clients_that_were_made_while_another_store_was_in_use_are_published(store: Store) -> None:
    arrange(orm_store())
    assert list(reconcile(publisher(store))) == [Difference(each, "unpublished") for each in ("api", "other", "shop")]
    assert read(store) == written()
    assert owed() == []


def test_what_was_changed_by_hand_is_as_in_sql_again(store: Store, put: Put) -> None:
    arrange(store)
    put("shop", record="{}")
    models.Client.objects.filter(client_id="api").update(client_name="Another")
    assert list(reconcile(publisher(store))) == [Difference(each, "different") for each in ("api", "shop")]
    assert read(store) == written()
    assert run("reconcile_clients") == {}


def test_what_a_restored_database_knows_of_older_versions_is_published_over_later_ones(store: Store, put: Put) -> None:
    arrange(store)
    kept = {each.client_id: each for each in models.Publication.objects.all()}
    assert store.clients.delete("other")
    state = publisher(store).state
    put("shop", version=2**60)
    # As the backup had it.
    models.Publication.objects.filter(client_id="other").update(version=kept["other"].version)
    assert orm_store().clients.add(samples.client(client_id="other", resources=()))
    assert run("reconcile_clients") == {"different": 2}
    assert read(store) == written()
    assert (state.get(published.place("shop")) or {})["version"] == 2**60 + 1


@pytest.mark.parametrize("later", [0, HOUR])
def test_what_is_changed_in_a_restored_database_is_published_over_what_it_forgot(store: Store, later: int) -> None:
    """DynamoDB has versions of a minute after the backup, or of a clock that was ahead."""
    arrange(store)
    for client_id in IDS:
        change(store, client_id, client_name="Forgotten")
    state = publisher(store).state
    for held in models.Publication.objects.all():
        item = {**(state.get(published.place(held.client_id)) or {}), "version": held.version + later}
        state.replace(published.place(held.client_id), item, published.VERSION)
    models.Publication.objects.update(version=F("version") - MINUTE)
    change(store, "other", client_name="Another")
    change_resource(store, scope=("read", "write"), introspection_claims=("name",))
    assert owed() == []
    assert read(store) == written()


def test_versions_that_a_resource_gives_its_clients_are_of_its_time(store: Store) -> None:
    arrange(store)
    publications.owe_each(["api", "shop"], 2**60).run()
    assert models.Publication.objects.filter(version=2**60).count() == 2
    publications.owe_each(["shop"], 1).run()
    assert models.Publication.objects.get(client_id="shop").version == 2**60 + 1


def test_what_sql_never_had_is_told_and_ends_where_that_is_wanted(store: Store) -> None:
    arrange(store)
    models.Client.objects.filter(client_id="other").delete()
    models.Publication.objects.filter(client_id="other").delete()
    assert list(reconcile(publisher(store))) == []
    assert list(unknown(publisher(store), end=False)) == [Difference("other", "unknown")]
    assert store.clients.get("other") is not None
    assert list(unknown(publisher(store), end=True)) == [Difference("other", "unknown")]
    assert read(store) == written()
    assert list(unknown(publisher(store), end=True)) == []


def test_a_task_publishes_what_is_owed_as_long_as_it_may(store: Store, service: Any) -> None:
    arrange(store)
    service.fails = {"put_item"}
    assert store.resources.delete(ORDERS.identifier)
    assert sorted(owed()) == ["api", "shop"]
    with pytest.raises(Unavailable):
        run("publish_clients")
    service.fails = set()
    assert run("publish_clients", may=False) == {"client": 0, "refused": 0}
    assert run("publish_clients") == {"client": 2, "refused": 0}
    assert read(store) == written()


def test_a_command_publishes_what_differs_and_tells_what_that_was(
    store: Store, put: Put, own_tables: DynamoDB, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*options: str) -> list[str]:
        call_command("dynamodb", "reconcile", *options)
        return capsys.readouterr().out.splitlines()

    settings.DYNAMODB = own_tables
    arrange(store)
    with pytest.raises(CommandError, match="IDP_TOKENS_STORE: clients are read where they are written"):
        told()
    settings.TOKENS = dataclasses.replace(settings.TOKENS, store="dynamodb")
    settings.DYNAMODB = dataclasses.replace(own_tables, prefix="none.")
    with pytest.raises(CommandError, match=r"none\.clients, .* run `manage\.py dynamodb create` first"):
        told()
    settings.DYNAMODB = own_tables
    assert told() == ["every client was as in SQL"]
    models.Publication.objects.filter(client_id="other").delete()
    put("shop", record="{}")
    assert told() == ["other was never published, and is now", "shop was not as in SQL, and is now"]
    models.Client.objects.filter(client_id="other").delete()
    models.Publication.objects.filter(client_id="other").delete()
    with pytest.raises(SystemExit, match="1"):
        told("--json")
    assert json.loads(capsys.readouterr().out) == [{"client_id": "other", "was": "unknown"}]
    assert told("--end") == ["other is not in SQL: it has ended"]
    assert read(store) == written()
