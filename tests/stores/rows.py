"""Rows that no verb of the store writes."""

from tokens import models
from tokens.protocol.records import Client, Resource
from tokens.stores.base import Store
from tokens.stores.memory.clients import Clients as InMemory
from tokens.stores.orm.statements.clients import columns_of


def add_client(client: Client) -> None:
    row = models.Client.objects.create(**columns_of(client))
    for secret in client.secrets:
        row.secrets.create(
            pepper=secret.pepper,
            digest=secret.digest,
            client_secret_expires_at=secret.expires,
            last_used=secret.last_used,
        )
    # Against their order, which no query may rely on.
    for identifier in reversed(client.resources):
        resource, _ = models.Resource.objects.get_or_create(identifier=identifier, name=identifier)
        resource.owners.add(row)


def add_resource(resource: Resource) -> None:
    models.Resource.objects.create(
        identifier=resource.identifier,
        name=resource.name,
        scope=" ".join(resource.scope),
        access_token_format=resource.access_token_format,
        access_token_signed_response_alg=resource.access_token_signed_response_alg,
    )


def add_client_to(store: Store, client: Client) -> None:
    if isinstance(store.clients, InMemory):
        store.clients._state.clients[client.client_id] = client
    else:
        add_client(client)
        publish(store, client.client_id)


def publish(store: Store, client_id: str) -> None:
    """To where requests read it, if that is elsewhere."""
    publisher = getattr(store.clients, "publisher", None)
    if publisher is not None:
        with publisher.changing():
            publisher.owe(client_id, is_new=True)
