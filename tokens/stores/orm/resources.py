"""Protected resources; rows as records."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast

from django.db import transaction

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only
from tokens.stores.orm.statements import resources


class Resources:
    def all(self) -> list[records.Resource]:
        return [resource_of(row) for row in resources.every()]

    def named(self, identifiers: Collection[str]) -> list[records.Resource]:
        lookups = [identifier for identifier in identifiers if storable(identifier, models.IDENTIFIER)]
        return [resource_of(row) for row in resources.named(lookups)]

    def of_scope(self, scope: Collection[str]) -> list[records.Resource]:
        return [resource for resource in self.all() if not frozenset(resource.scope).isdisjoint(scope)]

    def add(self, resource: records.Resource, owners: Collection[str]) -> bool:
        with _one_at_a_time():
            held, others = self._held_and_others(resource.identifier)
            if held is not None or _is_taken(resource, others):
                return False
            resources.add(resource).run()
            _serve(resource.identifier, owners)
            return True

    def change(self, resource: records.Resource, owners: Collection[str], version: datetime) -> bool:
        with _one_at_a_time():
            held, others = self._held_and_others(resource.identifier)
            if held is None or held.updated != version or _is_taken(resource, others):
                return False
            resources.change(resource, version, datetime.now(UTC)).run()
            resources.disown(resource.identifier).run()
            _serve(resource.identifier, owners)
            _take_from_clients(held, resource.scope)
            return True

    def delete(self, identifier: str) -> bool:
        if not storable(identifier, models.IDENTIFIER):
            return False
        with _one_at_a_time():
            row = only(resources.named([identifier]))
            if row is None:
                return False
            resources.disown(identifier).run()
            resources.delete_resource(identifier).run()
            _take_from_clients(resource_of(row), ())
            return True

    def _held_and_others(self, identifier: str) -> tuple[records.Resource | None, list[records.Resource]]:
        """The resource of that identifier, and all others."""
        held = {resource.identifier: resource for resource in self.all()}
        return held.pop(identifier, None), list(held.values())


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
    """Serializes all changes of resources, on any node: no constraint can say that a scope belongs to one of them."""
    with transaction.atomic():
        only(resources.lock())
        yield


def _is_taken(resource: records.Resource, others: Collection[records.Resource]) -> bool:
    return any(not frozenset(resource.scope).isdisjoint(other.scope) for other in others)


def _serve(identifier: str, client_ids: Collection[str]) -> None:
    owners = {client_id for client_id in client_ids if storable(client_id, models.CLIENT_ID)}
    if owners:
        resources.own(identifier, sorted(owners)).run()


def _take_from_clients(held: records.Resource, kept: Collection[str]) -> None:
    lost = frozenset(held.scope) - frozenset(kept)
    for client_id, text, metadata in resources.scopes():
        names = text.split()
        scope = [name for name in names if name not in lost]
        if len(scope) == len(names):
            continue
        if frozenset(scope).isdisjoint(kept):
            default = metadata.get("default_resource", ())
            metadata["default_resource"] = [name for name in default if name != held.identifier]
        resources.take(client_id, scope, metadata, datetime.now(UTC)).run()
