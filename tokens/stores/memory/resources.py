"""Protected resources."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from tokens.protocol.records import Client, Resource
from tokens.protocol.resources import canonical
from tokens.stores.memory.state import State


class Resources:
    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> list[Resource]:
        with self._state.lock:
            return [resource for _, resource in sorted(self._state.resources.items())]

    def named(self, identifiers: Collection[str]) -> list[Resource]:
        return [resource for resource in self.all() if resource.identifier in identifiers]

    def add(self, resource: Resource, owners: Collection[str]) -> bool:
        with self._state.at_once():
            if canonical(resource.identifier) in map(canonical, self._state.resources):
                return False
            self._state.resources[resource.identifier] = replace(resource, updated=self._state.clock())
            self._serve(resource.identifier, owners)
            return True

    def change(self, resource: Resource, owners: Collection[str], version: datetime) -> bool:
        with self._state.at_once():
            held = self._state.resources.get(resource.identifier)
            if held is None or held.updated != version:
                return False
            self._state.resources[resource.identifier] = replace(resource, updated=self._state.after(version))
            self._serve(resource.identifier, owners)
            self._take_from_clients(held, resource.permissions)
            return True

    def delete(self, identifier: str) -> bool:
        with self._state.at_once():
            held = self._state.resources.pop(identifier, None)
            if held is None:
                return False
            self._serve(identifier, ())
            self._take_from_clients(held, ())
            return True

    def _serve(self, identifier: str, owners: Collection[str]) -> None:
        for client_id, client in self._state.clients.items():
            served = set(client.resources) - {identifier} | ({identifier} if client_id in owners else set())
            self._state.clients[client_id] = replace(client, resources=tuple(sorted(served)))

    def _take_from_clients(self, held: Resource, kept: Collection[str]) -> None:
        lost = frozenset(held.permissions) - frozenset(kept)
        for client in list(self._state.clients.values()):
            if not lost.isdisjoint(client.scope):
                self._state.clients[client.client_id] = self._without(client, held.identifier, lost, kept)

    def _without(self, client: Client, identifier: str, lost: Collection[str], kept: Collection[str]) -> Client:
        scope = tuple(each for each in client.scope if each not in lost)
        default = client.default_resource
        if frozenset(scope).isdisjoint(kept):
            default = tuple(name for name in default if name != identifier)
        return replace(client, scope=scope, default_resource=default, updated=self._state.after(client.updated))
