"""Protected resources; records as rows, and back."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable


class Resources:
    def all(self) -> list[records.Resource]:
        return [resource_of(row) for row in models.Resource.objects.order_by("identifier")]

    def named(self, identifiers: Collection[str]) -> list[records.Resource]:
        known = [identifier for identifier in identifiers if storable(identifier, models.IDENTIFIER)]
        found = models.Resource.objects.filter(identifier__in=known).order_by("identifier")
        return [resource_of(row) for row in found]

    def of_scope(self, scope: Collection[str]) -> list[records.Resource]:
        return [resource for resource in self.all() if not frozenset(resource.scope).isdisjoint(scope)]

    def add(self, resource: records.Resource, owners: Collection[str]) -> bool:
        with _one_at_a_time():
            is_known = models.Resource.objects.filter(identifier=resource.identifier).exists()
            if is_known or self._is_taken(resource):
                return False
            row = models.Resource.objects.create(identifier=resource.identifier, **_columns(resource))
            row.owners.set(_owners(owners))
            return True

    def change(self, resource: records.Resource, owners: Collection[str], version: datetime) -> bool:
        with _one_at_a_time():
            row = models.Resource.objects.filter(identifier=resource.identifier, updated=version).first()
            if row is None or self._is_taken(resource):
                return False
            held = resource_of(row)
            updated = max(datetime.now(UTC), version + timedelta(microseconds=1))
            models.Resource.objects.filter(pk=row.pk).update(**_columns(resource), updated=updated)
            row.owners.set(_owners(owners))
            _take_from_clients(held, resource.scope)
            return True

    def delete(self, identifier: str) -> bool:
        if not storable(identifier, models.IDENTIFIER):
            return False
        with _one_at_a_time():
            row = models.Resource.objects.filter(identifier=identifier).first()
            if row is None:
                return False
            row.delete()
            _take_from_clients(resource_of(row), ())
            return True

    def _is_taken(self, resource: records.Resource) -> bool:
        return any(other.identifier != resource.identifier for other in self.of_scope(resource.scope))


def resource_of(row: models.Resource) -> records.Resource:
    return records.Resource(
        identifier=row.identifier,
        name=row.name,
        scope=tuple(row.scope.split()),
        access_token_format=cast(records.TokenFormat, row.access_token_format),
        access_token_signed_response_alg=row.access_token_signed_response_alg,
        updated=row.updated,
    )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Serializes all changes of resources, on any node: no constraint can say that a scope belongs to one of them. The
    row of their content type is the lock, for it is there before the first resource is."""
    with transaction.atomic():
        ContentType.objects.select_for_update().filter(app_label="tokens", model="resource").first()
        yield


def _columns(resource: records.Resource) -> dict[str, str]:
    return {
        "name": resource.name,
        "scope": " ".join(resource.scope),
        "access_token_format": resource.access_token_format,
        "access_token_signed_response_alg": resource.access_token_signed_response_alg,
    }


def _owners(client_ids: Collection[str]) -> "QuerySet[models.Client]":
    known = [client_id for client_id in client_ids if storable(client_id, models.CLIENT_ID)]
    return models.Client.objects.filter(client_id__in=known)


def _take_from_clients(held: records.Resource, kept: Collection[str]) -> None:
    lost = frozenset(held.scope) - frozenset(kept)
    for client in models.Client.objects.select_for_update().exclude(scope=""):
        names = client.scope.split()
        scope = [name for name in names if name not in lost]
        if len(scope) == len(names):
            continue
        if frozenset(scope).isdisjoint(kept):
            default = client.metadata.get("default_resource", ())
            client.metadata["default_resource"] = [name for name in default if name != held.identifier]
        client.scope = " ".join(scope)
        client.save(update_fields=["scope", "metadata", "updated"])
