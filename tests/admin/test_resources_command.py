"""`manage.py resources`."""

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.admin.test_clients_command import held, made
from tokens.management import resource_options
from tokens.management.documents import of_resource
from tokens.protocol.records import Resource
from tokens.registration import resources
from tokens.stores import store

ORDERS = "https://api.example/orders"


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("resources", *arguments, stdout=out)
    return out.getvalue()


def told(*arguments: str) -> Any:
    return json.loads(said(*arguments, "--json"))


def orders(*owners: str) -> Resource:
    scope = ("orders:read", "orders:write")
    resources.create(Resource(identifier=ORDERS, name="Orders", scope=scope), owners)
    return now()


def now() -> Resource:
    (resource,) = store().resources.named([ORDERS])
    return resource


def test_resources_are_listed_with_their_owners(db: None) -> None:
    api = made("api")
    orders(api.client_id)
    (listed,) = told("list")
    assert (listed["identifier"], listed["scope"], listed["owners"]) == (
        ORDERS,
        "orders:read orders:write",
        [api.client_id],
    )
    assert said("list") == f"{ORDERS}  Orders  orders:read orders:write\n"


def test_a_resource_is_shown_with_the_clients_that_have_its_scopes(db: None) -> None:
    resource = orders()
    holder = made("machine", scope="orders:read")
    made("machine")
    shown = told("show", ORDERS)
    assert shown.pop("clients") == [holder.client_id]
    assert shown == of_resource(resource, [])
    assert set(shown) == {"owners", *Resource.__dataclass_fields__}


def test_what_is_set_changes_and_owners_stay(db: None) -> None:
    api, other = made("api"), made("api")
    before = orders(api.client_id)
    printed = told("set", ORDERS, "--name", "All orders", "--access-token-format", "opaque")
    assert replace(now(), updated=before.updated) == replace(before, name="All orders", access_token_format="opaque")
    assert printed["owners"] == [api.client_id]
    told("set", ORDERS, "--owner", other.client_id)
    assert (held(api.client_id).resources, held(other.client_id).resources) == ((), (ORDERS,))
    told("set", ORDERS, "--no-owners")
    assert held(other.client_id).resources == ()


def test_a_scope_that_goes_is_taken_from_clients(db: None) -> None:
    orders()
    holder = made("machine", scope="orders:read orders:write")
    assert "scope: 'orders:read orders:write' -> 'orders:read'" in said("set", ORDERS, "--scope", "orders:read")
    assert held(holder.client_id).scope == (f"{ORDERS}#orders:read",)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scope", "openid"], "--scope: openid is a scope of this server itself"),
        (["--name", " "], "--name: a name is needed"),
        (["--owner", "nobody"], "--owner: nobody is not a client with a secret or keys of its own"),
        (["--owner", "x", "--no-owners"], "leave out one of the two"),
        ([], "nothing to set"),
    ],
)
def test_what_the_admin_would_refuse_is_refused(arguments: list[str], words: str, db: None) -> None:
    before = orders()
    with pytest.raises(CommandError) as caught:
        said("set", ORDERS, *arguments)
    assert words in str(caught.value)
    assert now() == before


def test_a_resource_that_goes_takes_its_scopes_along(db: None) -> None:
    orders()
    holder = made("machine", scope="orders:read")
    assert told("delete", ORDERS) == {"identifier": ORDERS, "deleted": True, "clients": [holder.client_id]}
    assert (store().resources.all(), held(holder.client_id).scope) == ([], ())


@pytest.mark.parametrize("verb", ["show", "set", "delete"])
def test_a_resource_that_is_not_there_is_said_not_to_be(verb: str, db: None) -> None:
    with pytest.raises(CommandError, match="there is no resource urn:x"):
        said(verb, "urn:x", *(["--name", "N"] if verb == "set" else []))


def test_every_member_of_a_resource_can_be_typed_in() -> None:
    members = set(Resource.__dataclass_fields__) - {"identifier", "updated"}
    assert set(resource_options.OPTIONS) == members | {"owners"}
