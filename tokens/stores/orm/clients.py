"""Clients, with their secrets and the resources that they serve; records as rows, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from tokens import models
from tokens.protocol import client_metadata, records
from tokens.stores.orm.identifiers import storable

SECRET = (
    "secrets__pk",
    "secrets__pepper",
    "secrets__digest",
    "secrets__client_secret_expires_at",
    "secrets__last_used",
)
_FIELDS = frozenset(field.name for field in models.Client._meta.concrete_fields)
MEMBERS = tuple(name for name in client_metadata.MEMBERS if name in _FIELDS)
"""Members that have a column of their own; all others share `metadata`."""
COLUMNS = ("client_id", *MEMBERS, "metadata")


class Clients:
    def get(self, client_id: str) -> records.Client | None:
        if not storable(client_id, models.CLIENT_ID):
            return None
        # One row for each pair of a secret and a resource, and one without where there is none.
        found = models.Client.objects.filter(client_id=client_id).order_by("secrets__pk", "resources__identifier")
        rows = list(found.values(*COLUMNS, *SECRET, "resources__identifier"))
        return _client(rows) if rows else None

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        if not storable(client_id, models.CLIENT_ID):
            return
        is_due = Q(last_used=None) | Q(last_used__lte=now - pause)
        models.ClientSecret.objects.filter(is_due, client_id=client_id, digest=digest).update(last_used=now)


def client_of(values: Mapping[str, Any]) -> records.Client:
    """The record of COLUMNS and their values, without secrets and resources."""
    document = values["metadata"] | {name: values[name] for name in MEMBERS}
    return records.Client(client_id=values["client_id"], **client_metadata.read(document))


def columns_of(client: records.Client) -> dict[str, Any]:
    """COLUMNS and their values, for the record."""
    document = client_metadata.write(client)
    members = {name: document.pop(name) for name in MEMBERS}
    return {"client_id": client.client_id, **members, "metadata": document}


def _client(rows: Sequence[Mapping[str, Any]]) -> records.Client:
    resources = dict.fromkeys(row["resources__identifier"] for row in rows)
    served = tuple(identifier for identifier in resources if identifier is not None)
    return replace(client_of(rows[0]), secrets=_secrets(rows), resources=served)


def _secrets(rows: Sequence[Mapping[str, Any]]) -> tuple[records.ClientSecret, ...]:
    found = {row["secrets__pk"]: [row[name] for name in SECRET[1:]] for row in rows}
    return tuple(records.ClientSecret(*values) for pk, values in found.items() if pk is not None)
