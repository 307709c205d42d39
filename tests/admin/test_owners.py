"""Which clients may serve a resource, and that it stays changeable whatever else they come to do."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from tests.admin.pages import BY_KIND, change_url, edited
from tests.admin.test_clients_command import held, made
from tests.admin.test_resource import ORDERS, edited_resource, url
from tokens import models
from tokens.protocol import client_metadata
from tokens.protocol.records import Client, Resource
from tokens.registration import resources

RESOURCE = Resource(identifier=ORDERS, scope=("orders:read",), name="Orders")


def by_the_admin(manager: Browser, owner: Client) -> bool:
    row = models.Resource.objects.get()
    form = edited_resource(row, owners=[owner.client_id], name="Renamed")
    return manager.post(url(row), form).status_code == 302


def by_the_command(manager: Browser, owner: Client) -> bool:
    try:
        call_command("resources", "set", ORDERS, "--owner", owner.client_id, "--name", "Renamed", stdout=StringIO())
    except CommandError as error:
        return not _is_the_refusal(error, owner)
    return True


def by_apply(manager: Browser, owner: Client) -> bool:
    kind = next(kind for kind in BY_KIND if owner.client_id == f"id-{kind}")
    document = {
        "clients": {owner.client_id: {"kind": kind, **client_metadata.write(owner)}},
        "resources": {ORDERS: {"name": "Renamed", "scope": "orders:read", "owners": [owner.client_id]}},
    }
    file = Path("all.json")
    file.write_text(json.dumps(document))
    try:
        call_command("apply", str(file), stdout=StringIO())
    except CommandError as error:
        return not _is_the_refusal(error, owner)
    out = StringIO()
    call_command("apply", str(file), stdout=out)
    assert out.getvalue() == "nothing to change\n"
    return True


def _is_the_refusal(error: CommandError, owner: Client) -> bool:
    return f"{owner.client_id} is not a client with a secret or keys of its own" in str(error)


WAYS: list[Callable[[Browser, Client], bool]] = [by_the_admin, by_the_command, by_apply]


@pytest.mark.covers("S36 authenticated", "S47 introspect")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", BY_KIND)
def test_a_resource_is_served_by_a_client_that_authenticates_whatever_its_kind(
    manager: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    way: Callable[[Browser, Client], bool],
) -> None:
    monkeypatch.chdir(tmp_path)
    resources.create(RESOURCE)
    owner = made(kind, f"id-{kind}")
    may = BY_KIND[kind]["token_endpoint_auth_method"] != "none"
    assert way(manager, owner) == may
    assert held(owner.client_id).resources == ((ORDERS,) if may else ())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["web", "api"])
def test_a_resource_stays_changeable_when_its_client_is_given_client_credentials(
    manager: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    way: Callable[[Browser, Client], bool],
) -> None:
    monkeypatch.chdir(tmp_path)
    owner = made(kind, f"id-{kind}")
    resources.create(RESOURCE, [owner.client_id])
    row = models.Client.objects.get()
    more = [*owner.grant_types, "client_credentials"]
    assert manager.post(change_url(row), edited(row, grant_types=more)).status_code == 302
    assert way(manager, held(owner.client_id))
    assert models.Resource.objects.get().name == "Renamed"
    assert held(owner.client_id).resources == (ORDERS,)
    assert manager.get(change_url(row)).status_code == 200
