"""Rows that no verb of the store writes."""

from dataclasses import asdict

from tokens import models
from tokens.protocol.records import Client


def add_client(client: Client) -> None:
    values = asdict(client) | {"scope": " ".join(client.scope)}
    del values["secrets"], values["resources"]
    row = models.Client.objects.create(**values)
    for secret in client.secrets:
        row.secrets.create(pepper=secret.pepper, digest=secret.digest, client_secret_expires_at=secret.expires)
    # Against their order, which no query may rely on.
    for identifier in reversed(client.resources):
        resource, _ = models.Resource.objects.get_or_create(identifier=identifier, name=identifier)
        resource.owners.add(row)
