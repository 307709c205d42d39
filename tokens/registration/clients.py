"""Makes clients by kind, changes them and gives them secrets, for the admin and the commands."""

import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from tokens import models
from tokens.conf import JOURNAL_LIFETIME, minter
from tokens.fetch import FetchFailed, fetch_array
from tokens.protocol import client_metadata, journal, scopes
from tokens.protocol.client_authentication import SECRET_METHODS
from tokens.protocol.client_authentication.client_secret import secret_digest
from tokens.protocol.members import Unreadable
from tokens.protocol.records import Client
from tokens.protocol.redirect_uris import LOOPBACK_NAMES
from tokens.registration import resources
from tokens.registration.kinds import KINDS, methods_of
from tokens.stores import store
from tokens.stores.orm.clients import COLUMNS, client_of, columns_of

SECRET_BYTES = 32


def create(kind: str, document: Mapping[str, Any]) -> tuple[Client, str | None]:
    """A new client and its secret, which is told here and never again. Raises ValidationError with all faults."""
    client = new(kind, document)
    return client, save(client)


def new(kind: str, document: Mapping[str, Any], client_id: str | None = None) -> Client:
    """A client that may be saved. `document`: its metadata as RFC 7591 §2 has them; what is not there is as the kind
    has it. Raises ValidationError with all faults."""
    preset = KINDS[kind]
    members = _read({"redirect_uris": [], **preset.members, **document})
    client = Client(client_id=client_id or minter().mint(), **members)
    if client.public != preset.traits.public:
        fitting = ", ".join(methods_of(public=preset.traits.public))
        raise ValidationError({"token_endpoint_auth_method": [f"a client of the kind {kind} may use {fitting}"]})
    validate(client)
    return client


def changed(before: Client, document: Mapping[str, Any]) -> Client:
    """The client with the members that the document has. Raises ValidationError with all faults."""
    client = replace(before, **_read(document))
    if client.public != before.public:
        text = "a client neither becomes public nor stops to be"
        raise ValidationError({"token_endpoint_auth_method": [text]})
    if client.for_people != before.for_people:
        raise ValidationError({"grant_types": ["whether people sign in at a client cannot be changed"]})
    validate(client, before)
    return client


def validate(client: Client, before: Client | None = None) -> None:
    """Raises ValidationError, with all faults by the member that has them. Not to be called inside a transaction: it
    may ask the client's server, where what that vouches for was not so `before`."""
    # http is no more than the server itself uses, or what a developer's own machine does.
    http_loopback = client.development or urlsplit(settings.ISSUER).hostname in LOOPBACK_NAMES
    faults: dict[str, list[str]] = defaultdict(list)
    known = resources.known() if client.default_resource or set(client.scope) - set(scopes.SUPPORTED) else ()
    for member, fault in client_metadata.faults(client, http_loopback=http_loopback, known=known):
        faults[member].append(fault)
    vouched = before is not None and _vouched(before) == _vouched(client)
    if client.sector_identifier_uri and not vouched and not faults:
        faults["sector_identifier_uri"] = _sector_faults(client)
    if any(faults.values()):
        raise ValidationError(dict(faults))


def _read(document: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return client_metadata.read(document)
    except Unreadable as error:
        raise ValidationError({member: [fault] for member, fault in error.faults.items()}) from None


def save(client: Client) -> str | None:
    """Writes a new client; its secret, if it uses one. Raises IntegrityError where there is one of that id."""
    with transaction.atomic():
        models.Client.objects.create(**columns_of(client))
        return add_secret(client.client_id) if client.token_endpoint_auth_method in SECRET_METHODS else None


def change(client: Client, version: datetime) -> bool:
    """Writes the metadata, unless somebody else did since `version`, the row's `updated`; whether it was written. Ends
    all that a disabled client was given."""
    updated = max(datetime.now(UTC), version + timedelta(microseconds=1))
    with transaction.atomic():
        rows = models.Client.objects.filter(client_id=client.client_id, updated=version)
        if not rows.update(**columns_of(client), updated=updated):
            return False
        if not client.enabled:
            void(client.client_id)
        return True


def record(client: models.Client) -> Client:
    """The client as its record, without secrets."""
    return client_of({name: getattr(client, name) for name in COLUMNS})


def add_secret(client_id: str, expires: datetime | None = None) -> str:
    """One more live secret of the client. Only its digest is kept: who calls this is the last to know it."""
    client_secret = secrets.token_urlsafe(SECRET_BYTES)
    pepper, key = next(iter(settings.PEPPERS.items()))
    models.ClientSecret.objects.create(
        client_id=client_id,
        pepper=pepper,
        digest=secret_digest(client_secret, key),
        client_secret_expires_at=expires,
    )
    return client_secret


def end_secret_at(client_id: str, secret_id: int, expires: datetime | None) -> bool:
    """Sets when the secret ends; whether it had not ended before: what has ended stays so."""
    has_not_ended = Q(client_secret_expires_at=None) | Q(client_secret_expires_at__gt=datetime.now(UTC))
    found = models.ClientSecret.objects.filter(has_not_ended, client_id=client_id, pk=secret_id)
    return found.update(client_secret_expires_at=expires) == 1


def void(client_id: str) -> None:
    """Ends all that the client was given up to now: it was disabled or deleted."""
    store().journal.revoke_until_now(journal.client(client_id), datetime.now(UTC) + JOURNAL_LIFETIME)


def _vouched(client: Client) -> tuple[str, tuple[str, ...]]:
    return client.sector_identifier_uri, client.redirect_uris


def _sector_faults(client: Client) -> list[str]:
    try:
        return list(client_metadata.sector_faults(client, fetch_array(client.sector_identifier_uri)))
    except FetchFailed as error:
        return [f"cannot be read: {error}"]
