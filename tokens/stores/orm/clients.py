"""Clients, with their secrets and the resources that they serve; records as rows, and back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from tokens import models
from tokens.protocol import client_metadata, records
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.statements.insert_new import insert_new

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
COLUMNS = ("client_id", *MEMBERS, "metadata", "updated")
MAX_SECRET_ID = 18  # digits


class Clients:
    def get(self, client_id: str) -> records.Client | None:
        if not storable(client_id, models.CLIENT_ID):
            return None
        return next(_clients(models.Client.objects.filter(client_id=client_id)), None)

    def find(self, text: str, after: str, limit: int) -> list[records.Client]:
        if not storable(text, models.CLIENT_ID) or not storable(after, models.CLIENT_ID):
            return []
        # Both in lower case: on MariaDB the columns compare bytes.
        fitting = Q(client_id=text) | Q(lower_name__contains=text.lower())
        clients = models.Client.objects.annotate(lower_name=Lower("client_name"))
        page = clients.filter(fitting, client_id__gt=after).order_by("client_id").values("client_id")
        return list(_clients(models.Client.objects.filter(client_id__in=[row["client_id"] for row in page[:limit]])))

    def of_scope(self, scope: Collection[str]) -> list[records.Client]:
        rows = models.Client.objects.exclude(scope="").values_list("client_id", "scope")
        ids = [client_id for client_id, held in rows if not frozenset(held.split()).isdisjoint(scope)]
        return list(_clients(models.Client.objects.filter(client_id__in=ids)))

    def add(self, client: records.Client) -> bool:
        now = datetime.now(UTC)
        with transaction.atomic():
            if not insert_new(models.Client(**columns_of(client), created=now, updated=now)):
                return False
            models.ClientSecret.objects.bulk_create(_secret_row(client.client_id, each) for each in client.secrets)
            return True

    def change(self, client: records.Client, version: datetime) -> bool:
        updated = max(datetime.now(UTC), version + timedelta(microseconds=1))
        columns = columns_of(client)
        rows = models.Client.objects.filter(client_id=client.client_id, updated=version)
        held = rows.values_list("metadata", flat=True).first()
        if held is None:
            return False
        # A newer node's members stay as they are. Whether they still are decides the version, in the statement below.
        unknown = {name: value for name, value in held.items() if name not in client_metadata.MEMBERS}
        return rows.update(**columns | {"metadata": unknown | columns["metadata"]}, updated=updated) == 1

    def delete(self, client_id: str) -> bool:
        if not storable(client_id, models.CLIENT_ID):
            return False
        _, deleted = models.Client.objects.filter(client_id=client_id).delete()
        return deleted.get(models.Client._meta.label, 0) == 1

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        if not storable(client_id, models.CLIENT_ID):
            return
        is_due = Q(last_used=None) | Q(last_used__lte=now - pause)
        models.ClientSecret.objects.filter(is_due, client_id=client_id, digest=digest).update(last_used=now)

    def add_secret(self, client_id: str, secret: records.ClientSecret, newest: str) -> bool:
        if not storable(client_id, models.CLIENT_ID):
            return False
        with transaction.atomic():
            # The lock makes what is read here and what is written one decision.
            if not list(models.Client.objects.select_for_update().filter(client_id=client_id).values("client_id")):
                return False
            ids = models.ClientSecret.objects.filter(client_id=client_id).order_by("-pk").values_list("pk", flat=True)
            if str(ids.first() or "") != newest:
                return False
            _secret_row(client_id, secret).save(force_insert=True)
            return True

    def expire_secret(self, client_id: str, secret_id: str, expires: datetime | None, now: datetime) -> bool:
        has_not_ended = Q(client_secret_expires_at=None) | Q(client_secret_expires_at__gt=now)
        found = _secret(client_id, secret_id).filter(has_not_ended)
        return found.update(client_secret_expires_at=expires) == 1

    def delete_secret(self, client_id: str, secret_id: str) -> bool:
        return _secret(client_id, secret_id).delete()[0] == 1


def client_of(values: Mapping[str, Any]) -> records.Client:
    """The record of COLUMNS and their values, without secrets and resources."""
    document = values["metadata"] | {name: values[name] for name in MEMBERS}
    return records.Client(client_id=values["client_id"], updated=values["updated"], **client_metadata.load(document))


def record_of(row: models.Client) -> records.Client:
    """The record of the row, without secrets and resources."""
    return client_of({name: getattr(row, name) for name in COLUMNS})


def columns_of(client: records.Client) -> dict[str, Any]:
    """The columns of the record's id and metadata, and their values."""
    document = client_metadata.write(client)
    members = {name: document.pop(name) for name in MEMBERS}
    return {"client_id": client.client_id, **members, "metadata": document}


def _clients(found: "QuerySet[models.Client]") -> Iterator[records.Client]:
    """One row for each pair of a secret and a resource, and one without where there is none."""
    rows = found.order_by("client_id", "secrets__pk", "resources__identifier")
    values = rows.values(*COLUMNS, *SECRET, "resources__identifier")
    for _, group in groupby(values, key=itemgetter("client_id")):
        yield _client(list(group))


def _client(rows: Sequence[Mapping[str, Any]]) -> records.Client:
    resources = dict.fromkeys(row["resources__identifier"] for row in rows)
    served = tuple(identifier for identifier in resources if identifier is not None)
    return replace(client_of(rows[0]), secrets=_secrets(rows), resources=served)


def _secrets(rows: Sequence[Mapping[str, Any]]) -> tuple[records.ClientSecret, ...]:
    held = {row["secrets__pk"]: row for row in rows if row["secrets__pk"] is not None}
    return tuple(
        records.ClientSecret(
            pepper=row["secrets__pepper"],
            digest=row["secrets__digest"],
            expires=row["secrets__client_secret_expires_at"],
            last_used=row["secrets__last_used"],
            id=str(pk),
        )
        for pk, row in held.items()
    )


def _secret(client_id: str, secret_id: str) -> "QuerySet[models.ClientSecret]":
    if not storable(client_id, models.CLIENT_ID) or not (secret_id.isascii() and secret_id.isdigit()):
        return models.ClientSecret.objects.none()
    if len(secret_id) > MAX_SECRET_ID:
        return models.ClientSecret.objects.none()
    return models.ClientSecret.objects.filter(client_id=client_id, pk=int(secret_id))


def _secret_row(client_id: str, secret: records.ClientSecret) -> models.ClientSecret:
    return models.ClientSecret(
        client_id=client_id,
        pepper=secret.pepper,
        digest=secret.digest,
        client_secret_expires_at=secret.expires,
        last_used=secret.last_used,
    )
