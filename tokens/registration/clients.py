"""Makes clients by kind and gives them secrets: the one place, for the admin and the command alike."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tokens import models
from tokens.conf import JOURNAL_LIFETIME, SIGNING_ALGS, minter
from tokens.fetch import FetchFailed, fetch_array
from tokens.protocol import client_metadata, journal, scopes
from tokens.protocol.client_authentication import CLIENT_SECRET_BASIC, CONFIDENTIAL, NONE, SECRET_METHODS
from tokens.protocol.client_authentication.client_secret import secret_digest
from tokens.protocol.records import ApplicationType, Client
from tokens.protocol.redirect_uris import LOOPBACK_NAMES
from tokens.registration import resources
from tokens.stores import store
from tokens.stores.orm.clients import COLUMNS, client_of, columns_of

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Kind:
    """What clients of a kind have in common (RFC 7591 §2). `scope`: what they may ask for unless told otherwise."""

    label: str | Promise
    meaning: str | Promise
    token_endpoint_auth_method: str
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...] = ()
    application_type: ApplicationType = "web"
    scope: tuple[str, ...] = ()


_people_sign_in = partial(
    Kind, grant_types=(client_metadata.CODE, "refresh_token"), response_types=("code",), scope=scopes.SUPPORTED
)
KINDS: Mapping[str, Kind] = {
    "web": _people_sign_in(_("Web"), _("A site with a server of its own, which keeps a secret."), CLIENT_SECRET_BASIC),
    "spa": _people_sign_in(_("Single-page"), _("Runs in the browser, where no secret can be kept."), NONE),
    "native": _people_sign_in(
        _("Native"), _("An app on a phone or a computer, where no secret can be kept."), NONE, application_type="native"
    ),
    "machine": Kind(
        _("Machine"),
        _("A program that acts for itself; nobody signs in."),
        CLIENT_SECRET_BASIC,
        ("client_credentials",),
    ),
    "api": Kind(_("API"), _("A resource server: it is called with tokens and asks for none."), CLIENT_SECRET_BASIC, ()),
}


def kind_of(client: Client) -> str | None:
    """The key in KINDS. Which of the two secret methods a client uses makes no difference."""
    for name, kind in KINDS.items():
        alike = (kind.grant_types, kind.application_type) == (client.grant_types, client.application_type)
        if alike and (kind.token_endpoint_auth_method == NONE) == client.public:
            return name
    return None


def methods_of(kind: Kind) -> tuple[str, ...]:
    """The authentication methods that a client of the kind may use: no client becomes public, or stops to be."""
    return CONFIDENTIAL if kind.token_endpoint_auth_method in CONFIDENTIAL else (kind.token_endpoint_auth_method,)


def create(
    kind: str, name: str, redirect_uris: Iterable[str] = (), scope: Iterable[str] = (), **metadata: Any
) -> tuple[Client, str | None]:
    """A new client and its secret, which is told here and never again. Raises ValidationError with all faults."""
    client = new(kind, name, redirect_uris, scope, **metadata)
    return client, save(client)


def new(
    kind: str,
    name: str,
    redirect_uris: Iterable[str] = (),
    scope: Iterable[str] = (),
    *,
    client_id: str | None = None,
    **metadata: Any,
) -> Client:
    """A client that may be saved. `metadata`: any other members of the record. Raises ValidationError with all
    faults."""
    made = KINDS[kind]
    client = Client(
        client_id=client_id or minter().mint(),
        client_name=name.strip(),
        redirect_uris=tuple(dict.fromkeys(redirect_uris)),
        grant_types=made.grant_types,
        response_types=made.response_types,
        token_endpoint_auth_method=made.token_endpoint_auth_method,
        scope=tuple(dict.fromkeys(scope)) or made.scope,
        application_type=made.application_type,
        id_token_signed_response_alg=SIGNING_ALGS[0],
    )
    client = replace(client, **metadata)
    if client.token_endpoint_auth_method not in methods_of(made):
        fitting = ", ".join(methods_of(made))
        raise ValidationError({"token_endpoint_auth_method": [f"a client of the kind {kind} may use {fitting}"]})
    validate(client)
    return client


def validate(client: Client, before: Client | None = None) -> None:
    """Raises ValidationError, with all faults by the member that has them. Not to be called inside a transaction: it
    may ask the client's server, where what that vouches for was not so `before`."""
    # http is no more than the server itself uses, or what a developer's own machine does.
    http_loopback = client.development or urlsplit(settings.ISSUER).hostname in LOOPBACK_NAMES
    found: dict[str, list[str]] = defaultdict(list)
    known = resources.known() if client.default_resource or set(client.scope) - set(scopes.SUPPORTED) else ()
    for member, fault in client_metadata.faults(client, http_loopback=http_loopback, known=known):
        found[member].append(fault)
    vouched = before is not None and _vouched(before) == _vouched(client)
    if client.sector_identifier_uri and not vouched and not found:
        found["sector_identifier_uri"] = _sector_faults(client)
    if any(found.values()):
        raise ValidationError(dict(found))


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
