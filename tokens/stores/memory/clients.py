"""Clients."""

from dataclasses import replace
from datetime import datetime, timedelta

from tokens.protocol.records import Client, ClientSecret
from tokens.stores.memory.state import State


class Clients:
    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, client_id: str) -> Client | None:
        with self._state.lock:
            return self._state.clients.get(client_id)

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        with self._state.lock:
            self._state.write(lambda: self._note(client_id, digest, now, pause))

    def _note(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        client = self._state.clients.get(client_id)
        if client is not None:
            used = tuple(_used(secret, digest, now, pause) for secret in client.secrets)
            self._state.clients[client_id] = replace(client, secrets=used)


def _used(secret: ClientSecret, digest: str, now: datetime, pause: timedelta) -> ClientSecret:
    is_due = secret.last_used is None or secret.last_used <= now - pause
    return replace(secret, last_used=now) if secret.digest == digest and is_due else secret
