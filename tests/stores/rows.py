"""Rows that no verb of the store writes."""

from dataclasses import asdict

from tokens import models
from tokens.protocol.records import Client


def add_client(client: Client) -> None:
    values = asdict(client) | {"scope": " ".join(client.scope)}
    del values["secrets"]
    row = models.Client.objects.create(**values)
    for secret in client.secrets:
        row.secrets.create(pepper=secret.pepper, digest=secret.digest, client_secret_expires_at=secret.expires)
