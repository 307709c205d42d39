"""What every store has to do with protected resources."""

from dataclasses import replace

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, IDENTIFIERS, IMPOSSIBLE, AddResource
from tests.stores.suite.clients import held
from tokens.protocol import permission
from tokens.protocol.records import Resource
from tokens.stores.base import Store

ORDERS = Resource(identifier="urn:orders", scope=("orders:read", "orders:write"), name="Orders")
SPELLED = "https://mcp.example"


class ResourcesSuite:
    def test_resources_are_found_by_their_identifiers_in_order(self, store: Store, add_resource: AddResource) -> None:
        orders, bare = samples.resource(), Resource(identifier="urn:bare", scope=())
        for resource in (bare, orders, samples.resource(identifier="https://api.example/other")):
            add_resource(resource)
        assert store.resources.named(["urn:bare", "urn:unknown", orders.identifier]) == [orders, bare]
        assert store.resources.named([]) == []

    @pytest.mark.parametrize("text", [*IMPOSSIBLE, "https://api.example/ORDERS", "https://api.example/orders "])
    def test_a_resource_is_known_by_its_exact_identifier_alone(
        self, store: Store, add_resource: AddResource, text: str
    ) -> None:
        add_resource(samples.resource())
        assert store.resources.named([text]) == []

    def test_a_resource_is_added_once_with_who_serves_it(self, store: Store) -> None:
        store.clients.add(samples.client(resources=()))
        assert store.resources.add(ORDERS, [CLIENT, "nobody", "\x00"])
        assert not store.resources.add(replace(ORDERS, scope=("other",)), [])
        assert store.resources.all() == store.resources.named([ORDERS.identifier]) == [ORDERS]
        assert held(store).resources == (ORDERS.identifier,)

    def test_what_an_api_is_told_at_introspection_comes_with_it(self, store: Store) -> None:
        store.clients.add(samples.client(resources=()))
        bare = Resource(identifier="urn:bare", scope=())
        store.resources.add(replace(ORDERS, introspection_claims=("email", "name")), [CLIENT])
        store.resources.add(bare, [CLIENT])
        assert held(store).told_at_introspection == {ORDERS.identifier: ("email", "name"), bare.identifier: ()}
        [_, changed] = store.resources.all()
        assert store.resources.change(replace(changed, introspection_claims=()), [CLIENT], changed.updated)
        assert held(store).told_at_introspection == {ORDERS.identifier: (), bare.identifier: ()}

    def test_the_resources_that_a_client_has_scopes_of_come_with_it_as_they_are(self, store: Store) -> None:
        stock = Resource(identifier="urn:stock", scope=("stock:read",))
        for each in (ORDERS, stock, Resource(identifier="urn:foreign", scope=("foreign",))):
            store.resources.add(each, [])
        scope = ("openid", *stock.permissions, *ORDERS.permissions)
        store.clients.add(samples.client(scope=scope, default_resource=(), resources=()))
        assert held(store).resources_of_scope == (stock, ORDERS)
        assert held(store).resources_named([ORDERS.identifier, "urn:foreign"]) == [ORDERS]

        [added] = store.resources.named([stock.identifier])
        changed = replace(stock, access_token_format="opaque", name="Stock")
        assert store.resources.change(changed, [], added.updated)
        assert held(store).resources_of_scope == (changed, ORDERS)

        assert store.resources.delete(ORDERS.identifier)
        assert held(store).resources_of_scope == (changed,)
        assert store.resources.add(ORDERS, [])
        assert held(store).resources_of_scope == (changed,)

        assert store.resources.delete(stock.identifier)
        assert held(store).resources_of_scope == ()

    def test_two_resources_may_have_scopes_of_one_name(self, store: Store) -> None:
        stock = Resource(identifier="urn:stock", scope=("orders:read",))
        assert store.resources.add(ORDERS, [])
        assert store.resources.add(stock, [])
        [_, added] = store.resources.all()
        assert store.resources.change(replace(stock, scope=ORDERS.scope), [], added.updated)

    @pytest.mark.parametrize(("first", "second"), [(SPELLED, f"{SPELLED}/"), (f"{SPELLED}/", SPELLED)])
    def test_two_resources_do_not_differ_by_the_slash_of_an_empty_path(
        self, store: Store, first: str, second: str
    ) -> None:
        assert store.resources.add(replace(ORDERS, identifier=first), [])
        assert not store.resources.add(replace(ORDERS, identifier=second), [])
        assert store.resources.add(replace(ORDERS, identifier=f"{SPELLED}/a"), [])
        assert store.resources.add(replace(ORDERS, identifier=f"{SPELLED}/a/"), [])
        assert [each.identifier for each in store.resources.all()] == [first, f"{SPELLED}/a", f"{SPELLED}/a/"]

    def test_a_resource_is_changed_by_who_saw_the_last_version(self, store: Store) -> None:
        for name in "ab":
            store.clients.add(samples.client(client_id=name, resources=()))
        store.resources.add(ORDERS, ["a"])
        [first] = store.resources.all()
        changed = replace(ORDERS, name="Other", access_token_format="opaque", access_token_signed_response_alg="RS256")
        assert store.resources.change(changed, ["b"], first.updated)
        [second] = store.resources.all()
        assert (second, second.updated > first.updated) == (changed, True)
        assert (held(store, "a").resources, held(store, "b").resources) == ((), (ORDERS.identifier,))
        assert not store.resources.change(ORDERS, [], first.updated)
        assert store.resources.all() == [changed]

    def test_clients_lose_the_scopes_that_a_resource_loses_and_keep_another_s_of_the_name(self, store: Store) -> None:
        read, write = ORDERS.permissions
        other = "urn:stock#orders:write"
        scopes = {"both": (read, write), "one": ("email", write, other), "none": ("email",)}
        for name, scope in scopes.items():
            mine = samples.client(client_id=name, scope=scope, default_resource=(ORDERS.identifier,), resources=())
            store.clients.add(mine)
        store.resources.add(ORDERS, [])
        before = held(store, "one").updated
        [resource] = store.resources.all()
        assert store.resources.change(replace(ORDERS, scope=("orders:read",)), [], resource.updated)
        assert {name: (held(store, name).scope, held(store, name).default_resource) for name in scopes} == {
            "both": ((read,), (ORDERS.identifier,)),
            "one": (("email", other), ()),
            "none": (("email",), (ORDERS.identifier,)),
        }
        assert held(store, "one").updated > before
        assert store.resources.delete(ORDERS.identifier)
        assert held(store, "both").scope == ()
        assert held(store, "one").scope == ("email", other)

    @pytest.mark.parametrize("identifier", IDENTIFIERS)
    def test_nobody_loses_scopes_of_another_resource(self, store: Store, identifier: str) -> None:
        for number, each in enumerate(IDENTIFIERS):
            assert store.resources.add(replace(ORDERS, identifier=each, scope=("read", "write")), [])
            scope = (permission.of(each, "read"), permission.of(each, "write"))
            store.clients.add(samples.client(client_id=f"{number:02}", scope=scope, resources=()))
        [resource] = store.resources.named([identifier])
        assert store.resources.change(replace(resource, scope=("read",)), [], resource.updated)
        kept = {each: ("read",) if each == identifier else ("read", "write") for each in IDENTIFIERS}
        assert [held(store, f"{number:02}").scope for number in range(len(IDENTIFIERS))] == [
            tuple(permission.of(each, name) for name in names) for each, names in kept.items()
        ]

    def test_a_deleted_resource_is_served_by_nobody(self, store: Store) -> None:
        store.clients.add(samples.client(resources=()))
        store.resources.add(ORDERS, [CLIENT])
        assert store.resources.delete(ORDERS.identifier)
        assert (store.resources.all(), held(store).resources) == ([], ())
        assert not store.resources.delete(ORDERS.identifier)

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_a_resource_that_cannot_be_is_not_deleted(self, store: Store, text: str) -> None:
        store.resources.add(ORDERS, [])
        assert not store.resources.delete(text)
        assert store.resources.all() == [ORDERS]
