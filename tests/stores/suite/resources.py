"""What every store has to do with protected resources."""

import pytest

from tests.stores import samples
from tests.stores.samples import IMPOSSIBLE, AddResource
from tokens.protocol.records import Resource
from tokens.stores.base import Store


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
