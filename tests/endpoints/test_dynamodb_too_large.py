"""A resource that makes its clients' items too large keeps nobody from what was taken from them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.endpoints.on_the_wire import World, world
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.support.builders import protect
from tests.support.dynamodb import on_dynamodb, own_tables
from tokens.protocol.records import Client
from tokens.registration import clients, resources
from tokens.stores import store

__all__ = ["clock_of_the_store", "on_dynamodb", "own_tables", "world"]
LARGE = "urn:large"


def _end_secrets(client: Client) -> None:
    for secret in client.secrets:
        assert store().clients.delete_secret(client.client_id, secret.id)


def _disable(client: Client) -> None:
    assert clients.switch(client.client_id, enabled=False)


@pytest.mark.parametrize("take", [_disable, _end_secrets])
def test_a_client_whose_resource_is_too_large_gets_no_token(world: World, take: Callable[[Client], None]) -> None:
    assert world.machine()().status_code == 200
    protect(LARGE, "read", caller=world.web)
    [large] = store().resources.named([LARGE])
    scope = [f"s{number}" for number in range(99)]
    sentences = [f"{name} {tag} {'中' * 380}" for name in scope for tag in ("en", "de", "fr", "zh", "ja")]
    large = replace(large, scope=("read", *scope), scope_sentences=tuple(sentences))
    assert resources.change(large, [], large.updated)
    client = store().clients.of_id(world.web.client_id)
    assert client is not None
    take(client)
    answer = world.machine()()
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
