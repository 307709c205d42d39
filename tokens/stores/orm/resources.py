"""Protected resources; rows as records."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from django.db import transaction

from accounts.ground import clock
from tokens import models
from tokens.protocol import records
from tokens.protocol.resources import spellings
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only
from tokens.stores.orm.statements import resources


class Resources:
    def all(self) -> list[records.Resource]:
        return [resource_of(row) for row in resources.every()]

    def named(self, identifiers: Collection[str]) -> list[records.Resource]:
        lookups = [identifier for identifier in identifiers if storable(identifier, models.IDENTIFIER)]
        return [resource_of(row) for row in resources.named(lookups)]

    def add(self, resource: records.Resource, owners: Collection[str]) -> bool:
        with _one_at_a_time():
            if list(resources.named(spellings(resource.identifier))):
                return False
            resources.add(resource).run()
            _serve(resource.identifier, owners)
            return True

    def change(self, resource: records.Resource, owners: Collection[str], version: datetime) -> bool:
        with _one_at_a_time():
            row = only(resources.named([resource.identifier]))
            if row is None or row.updated != version:
                return False
            resources.change(resource, version, clock.now()).run()
            resources.disown(resource.identifier).run()
            _serve(resource.identifier, owners)
            _take_from_clients(resource_of(row), resource.permissions)
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


def resource_of(row: models.Resource) -> records.Resource:
    return records.Resource(
        identifier=row.identifier,
        name=row.name,
        scope=tuple(row.scope.split()),
        access_token_format=cast(records.TokenFormat, row.access_token_format),
        access_token_signed_response_alg=row.access_token_signed_response_alg,
        access_token_typ=cast(records.TokenType, row.access_token_typ),
        introspection_claims=tuple(row.introspection_claims),
        scope_sentences=tuple(row.scope_sentences),
        updated=row.updated,
    )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Serializes all changes of resources, on any node: no constraint can say which identifiers are equal. The row that
    all of them write tells processes that what they keep is over."""
    with transaction.atomic():
        resources.renew_version().run()
        yield


def _serve(identifier: str, client_ids: Collection[str]) -> None:
    owners = {client_id for client_id in client_ids if storable(client_id, models.CLIENT_ID)}
    if owners:
        resources.own(identifier, sorted(owners)).run()


def _take_from_clients(held: records.Resource, kept: Collection[str]) -> None:
    lost = frozenset(held.permissions) - frozenset(kept)
    for client_id, text, metadata, version in resources.scopes(held.identifier) if lost else ():
        permissions = text.split()
        scope = [each for each in permissions if each not in lost]
        if len(scope) == len(permissions):
            continue
        if frozenset(scope).isdisjoint(kept):
            default = metadata.get("default_resource", ())
            metadata["default_resource"] = [name for name in default if name != held.identifier]
        resources.take(client_id, scope, metadata, version, clock.now()).run()
