"""Protected resources, in SQL. What requests have to know of them is published with the clients that serve them or have
their scopes."""

from collections.abc import Callable, Collection
from datetime import datetime

from tokens import models
from tokens.protocol.records import Resource
from tokens.stores.dynamodb.publishing import Publisher
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.resources import Resources as Written
from tokens.stores.orm.statements import publications


class Resources:
    """`written`: those in SQL."""

    def __init__(self, publisher: Publisher, written: Written) -> None:
        self._publisher, self._written = publisher, written

    def all(self) -> list[Resource]:
        return self._written.all()

    def named(self, identifiers: Collection[str]) -> list[Resource]:
        return self._written.named(identifiers)

    def add(self, resource: Resource, owners: Collection[str]) -> bool:
        return self._write(resource.identifier, lambda: self._written.add(resource, owners))

    def change(self, resource: Resource, owners: Collection[str], version: datetime) -> bool:
        return self._write(resource.identifier, lambda: self._written.change(resource, owners, version))

    def delete(self, identifier: str) -> bool:
        return self._write(identifier, lambda: self._written.delete(identifier))

    def _write(self, identifier: str, write: Callable[[], bool]) -> bool:
        with self._publisher.changing():
            before = _clients_of(identifier)
            written = write()
            if written:
                self._publisher.owe_each(before | _clients_of(identifier))
            return written


def _clients_of(identifier: str) -> set[str]:
    return set(publications.clients_of(identifier)) if storable(identifier, models.IDENTIFIER) else set()
