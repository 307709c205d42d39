"""Clients, with their secrets and the resources that they serve; rows as records."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.ground import clock
from accounts.ground.sql.answers import Read
from accounts.ground.sql.insert_new import was_added
from accounts.ground.sql.statement import as_sql
from tokens import models
from tokens.protocol import client_metadata, permission, records
from tokens.protocol.pictures import NAME
from tokens.stores.orm import known_resources
from tokens.stores.orm.identifiers import number, storable
from tokens.stores.orm.rows import only
from tokens.stores.orm.statements import clients
from tokens.stores.orm.statements.clients import COLUMNS, MEMBERS, SEEN

Rows = Sequence[tuple[Any, ...]]
"""Of one client, as the database has them."""
Said = tuple[records.Client, UUID | None]
"""The client, and the version of the resources that came with it."""


class Clients:
    def get(self, client_id: str) -> records.Client | None:
        if not storable(client_id, models.CLIENT_ID):
            return None
        found = as_sql(clients.get(client_id))
        rows = tuple(found.all())
        return _with_resources_of_scope(*_known(client_id, found.read).by(rows)) if rows else None

    def unless_void(self, client_id: str, keys: Collection[str], root_at: datetime) -> records.Client | None:
        if not storable(client_id, models.CLIENT_ID):
            return None
        lookups = [key for key in keys if storable(key, models.JOURNAL_KEY)]
        row = only(clients.unless_void(client_id, lookups, root_at))
        return record_of(row) if row else None

    def of_id(self, client_id: str) -> records.Client | None:
        return self.get(client_id)

    def logo(self, name: str) -> bytes | None:
        content = only(clients.logo(name)) if NAME.fullmatch(name) else None
        return bytes(content) if content is not None else None

    def find(self, text: str, after: str, limit: int) -> list[records.Client]:
        if not storable(text, models.CLIENT_ID) or not storable(after, models.CLIENT_ID):
            return []
        return _found(list(clients.ids(text, after, limit)))

    def named(self, client_ids: Collection[str]) -> list[records.Client]:
        held = [each for each in client_ids if storable(each, models.CLIENT_ID)]
        rows = list(clients.named(held)) if held else []
        found = [record_of(row) for row in rows]
        of_scopes = {each for client in found for each in permission.resources(client.scope)}
        known = known_resources.of(of_scopes, rows[0].version) if of_scopes else ()  # type: ignore[attr-defined]  # annotated
        apis = {each.identifier: each for each in known}
        return [replace(each, resources_of_scope=_of_scope(each, apis)) for each in found]

    def of_scope(self, scope: Collection[str]) -> list[records.Client]:
        held = clients.scopes(scope) if scope else ()
        return _found([client_id for client_id, text in held if not frozenset(text.split()).isdisjoint(scope)])

    def add(self, client: records.Client) -> bool:
        with transaction.atomic():
            if not was_added(clients.add(client, clock.now())):
                return False
            if client.secrets:
                clients.add_secrets(client.client_id, client.secrets).run()
            if client.fetched_logo:
                clients.add_logo(client).run()
            return True

    def change(self, client: records.Client, version: datetime) -> bool:
        held = only(clients.metadata(client.client_id, version))
        if held is None:
            return False
        # A newer node's members stay as they are. Whether they still are decides the version, in the statement below.
        unknown = {name: value for name, value in held.items() if name not in client_metadata.MEMBERS}
        change = clients.change(client, unknown, version, clock.now())
        if not client.fetched_logo and client.logo == held.get("logo", ""):
            return change.run() == 1
        if client.logo and not client.fetched_logo:
            return False
        with transaction.atomic():
            if change.run() != 1:
                return False
            clients.delete_logo(client.client_id).run()
            if client.fetched_logo:
                clients.add_logo(client).run()
            return True

    def delete(self, client_id: str) -> bool:
        if not storable(client_id, models.CLIENT_ID):
            return False
        with transaction.atomic():
            if only(clients.lock(client_id)) is None:
                return False
            clients.delete_secrets(client_id).run()
            clients.delete_logo(client_id).run()
            clients.delete_resources(client_id).run()
            return clients.delete_client(client_id).run() == 1

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        if storable(client_id, models.CLIENT_ID):
            clients.note_secret_use(client_id, digest, now, pause).run()

    def note_protection(self, client_id: str, protection: records.Protection, now: datetime, pause: timedelta) -> None:
        if storable(client_id, models.CLIENT_ID):
            clients.note_protection(client_id, protection, now, pause).run()

    def note_logout(self, client_id: str, failing_since: datetime | None) -> bool:
        return storable(client_id, models.CLIENT_ID) and clients.note_logout(client_id, failing_since).run() == 1

    def add_secret(self, client_id: str, secret: records.ClientSecret, newest: str) -> bool:
        if not storable(client_id, models.CLIENT_ID):
            return False
        with transaction.atomic():
            # The lock makes what is read here and what is written one decision.
            if only(clients.lock(client_id)) is None or str(only(clients.newest_secret(client_id)) or "") != newest:
                return False
            return clients.add_secret(client_id, secret).run() == 1

    def expire_secret(self, client_id: str, secret_id: str, expires: datetime | None, now: datetime) -> bool:
        secret = _number(client_id, secret_id)
        return secret is not None and clients.expire_secret(client_id, secret, expires, now).run() == 1

    def delete_secret(self, client_id: str, secret_id: str) -> bool:
        secret = _number(client_id, secret_id)
        return secret is not None and clients.delete_secret(client_id, secret).run() == 1


def client_of(values: Mapping[str, Any], **more: Any) -> records.Client:
    """The record of COLUMNS and their values. `more`: what it has besides, secrets and resources."""
    document = values["metadata"] | {name: values[name] for name in MEMBERS}
    return records.Client(
        client_id=values["client_id"],
        updated=values["updated"],
        logout_failing_since=values["logout_failing_since"],
        protections_seen=records.ProtectionsSeen(**{name: values[column] for name, column in SEEN.items()}),
        **client_metadata.load(document),
        **more,
    )


def record_of(row: models.Client) -> records.Client:
    """The record of the row, without secrets and resources."""
    return client_of({name: getattr(row, name) for name in COLUMNS})


def _found(client_ids: Collection[str]) -> list[records.Client]:
    return list(_clients(clients.find(client_ids))) if client_ids else []


def _clients(values: Iterable[Mapping[str, Any]]) -> Iterator[records.Client]:
    for _, group in groupby(values, key=itemgetter("client_id")):
        yield _client(list(group))


def _client(rows: Sequence[Mapping[str, Any]]) -> records.Client:
    asked = {row["resources__identifier"]: row["resources__introspection_claims"] for row in rows}
    told = {identifier: tuple(names) for identifier, names in asked.items() if identifier is not None}
    return client_of(rows[0], secrets=_secrets(rows), resources=tuple(told), told_at_introspection=told)


class _Known:
    """What the rows of a client say, worked out once: rows that are equal mean the same, and are new ones as soon as
    anything of them was written. Nothing is kept of what they said before."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._last: tuple[Rows, Said] | None = None
        """Replaced as a whole, for threads."""

    def by(self, rows: Rows) -> Said:
        last = self._last
        if last is None or last[0] != rows:
            values = list(self._read(list(rows)))
            last = self._last = rows, (_client(values), values[0]["version"])
        return last[1]


@lru_cache(512)
def _known(client_id: str, read: Read) -> _Known:
    """Of a client that there is."""
    return _Known(read)


def _with_resources_of_scope(client: records.Client, version: UUID | None) -> records.Client:
    identifiers = permission.resources(client.scope)
    return replace(client, resources_of_scope=known_resources.of(identifiers, version)) if identifiers else client


def _of_scope(client: records.Client, apis: Mapping[str, records.Resource]) -> tuple[records.Resource, ...]:
    return tuple(apis[each] for each in permission.resources(client.scope) if each in apis)


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


def _number(client_id: str, secret_id: str) -> int | None:
    """The id of a secret, which is a number here; None where no client can have it."""
    return number(secret_id) if storable(client_id, models.CLIENT_ID) else None
