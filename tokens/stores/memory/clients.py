"""Clients."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from tokens.protocol import permission
from tokens.protocol.records import Client, ClientSecret, Protection, ProtectionsSeen
from tokens.stores.memory.state import State

Secrets = tuple[ClientSecret, ...]


class Clients:
    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, client_id: str) -> Client | None:
        with self._state.lock:
            client, apis = self._state.clients.get(client_id), self._state.resources
            if client is None:
                return None
            told = {name: apis[name].introspection_claims for name in client.resources if name in apis}
            of_scope = tuple(apis[name] for name in permission.resources(client.scope) if name in apis)
            return replace(client, told_at_introspection=told, resources_of_scope=of_scope)

    def unless_void(self, client_id: str, keys: Collection[str], root_at: datetime) -> Client | None:
        with self._state.lock:
            client = self._state.clients.get(client_id)
            if client is None or self._state.void(keys, root_at):
                return None
            return replace(client, secrets=(), resources=())

    def of_id(self, client_id: str) -> Client | None:
        return self.get(client_id)

    def logo(self, name: str) -> bytes | None:
        with self._state.lock:
            held = (each for each in self._state.clients.values() if each.logo == name)
            return next((self._state.logos[each.client_id] for each in held if name), None)

    def find(self, text: str, after: str, limit: int) -> list[Client]:
        with self._state.lock:
            held = sorted(self._state.clients.values(), key=lambda client: client.client_id)
        fitting = [each for each in held if each.client_id == text or text.lower() in each.client_name.lower()]
        return [client for client in fitting if client.client_id > after][:limit]

    def named(self, client_ids: Collection[str]) -> list[Client]:
        held = [self.get(client_id) for client_id in sorted(set(client_ids))]
        return [replace(each, secrets=(), resources=()) for each in held if each is not None]

    def of_scope(self, scope: Collection[str]) -> list[Client]:
        with self._state.lock:
            held = sorted(self._state.clients.values(), key=lambda client: client.client_id)
        return [client for client in held if not frozenset(client.scope).isdisjoint(scope)]

    def add(self, client: Client) -> bool:
        with self._state.at_once():
            if client.client_id in self._state.clients:
                return False
            secrets = tuple(replace(secret, id=self._state.next_id()) for secret in client.secrets)
            added = replace(
                client,
                secrets=secrets,
                resources=(),
                protections_seen=ProtectionsSeen(),
                logout_failing_since=None,
                updated=self._state.clock(),
                fetched_logo=b"",
            )
            self._state.clients[client.client_id] = added
            self._state.logos[client.client_id] = client.fetched_logo
            return True

    def change(self, client: Client, version: datetime) -> bool:
        with self._state.at_once():
            held = self._state.clients.get(client.client_id)
            if held is None or held.updated != version:
                return False
            if client.logo not in ("", held.logo) and not client.fetched_logo:
                return False
            self._state.clients[client.client_id] = replace(
                client,
                secrets=held.secrets,
                resources=held.resources,
                protections_seen=held.protections_seen,
                logout_failing_since=None,
                updated=self._state.after(version),
                fetched_logo=b"",
            )
            if client.fetched_logo:
                self._state.logos[client.client_id] = client.fetched_logo
            return True

    def delete(self, client_id: str) -> bool:
        with self._state.at_once():
            return self._state.clients.pop(client_id, None) is not None

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        def noted(secrets: Secrets) -> Secrets:
            return tuple(_used(secret, digest, now, pause) for secret in secrets)

        self._change_secrets(client_id, noted)

    def note_protection(self, client_id: str, protection: Protection, now: datetime, pause: timedelta) -> None:
        with self._state.at_once():
            client = self._state.clients.get(client_id)
            if client is None:
                return
            noted: datetime | None = getattr(client.protections_seen, protection)
            if noted is None or noted <= now - pause:
                seen = replace(client.protections_seen, **{protection: now})
                self._state.clients[client_id] = replace(client, protections_seen=seen)

    def note_logout(self, client_id: str, failing_since: datetime | None) -> bool:
        with self._state.at_once():
            client = self._state.clients.get(client_id)
            if client is None or (client.logout_failing_since is None) == (failing_since is None):
                return False
            self._state.clients[client_id] = replace(client, logout_failing_since=failing_since)
            return True

    def add_secret(self, client_id: str, secret: ClientSecret, newest: str) -> bool:
        def added(secrets: Secrets) -> Secrets:
            last = secrets[-1].id if secrets else ""
            return (*secrets, replace(secret, id=self._state.next_id())) if last == newest else secrets

        return self._change_secrets(client_id, added)

    def expire_secret(self, client_id: str, secret_id: str, expires: datetime | None, now: datetime) -> bool:
        ending: list[ClientSecret] = []

        def expiring(secrets: Secrets) -> Secrets:
            ending.extend(each for each in secrets if each.id == secret_id and not _has_ended(each, now))
            return tuple(replace(each, expires=expires) if each in ending else each for each in secrets)

        self._change_secrets(client_id, expiring)
        return bool(ending)

    def delete_secret(self, client_id: str, secret_id: str) -> bool:
        def others(secrets: Secrets) -> Secrets:
            return tuple(secret for secret in secrets if secret.id != secret_id)

        return self._change_secrets(client_id, others)

    def _change_secrets(self, client_id: str, changed: Callable[[Secrets], Secrets]) -> bool:
        """Whether there are more or fewer of them."""
        with self._state.at_once():
            client = self._state.clients.get(client_id)
            if client is None:
                return False
            secrets = changed(client.secrets)
            self._state.clients[client_id] = replace(client, secrets=secrets)
            return len(secrets) != len(client.secrets)


def _used(secret: ClientSecret, digest: str, now: datetime, pause: timedelta) -> ClientSecret:
    is_due = secret.last_used is None or secret.last_used <= now - pause
    return replace(secret, last_used=now) if secret.digest == digest and is_due else secret


def _has_ended(secret: ClientSecret, now: datetime) -> bool:
    return secret.expires is not None and secret.expires <= now
