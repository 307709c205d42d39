"""Makes protected resources (RFC 8707), changes and ends them, for the admin and the commands."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError

from tokens.protocol import resource_registration
from tokens.protocol.member_types import shown
from tokens.protocol.records import Client, Resource
from tokens.registration.kinds import kind_of
from tokens.stores import store

TAKEN = "is taken: there is such a resource (a / after the host makes no difference)"


def create(resource: Resource, owners: Collection[str] = ()) -> None:
    """Adds a resource. `owners`: the ids of the clients that serve it. Raises ValidationError with all faults."""
    validate(resource)
    _check_owners(owners)
    if not store().resources.add(_named(resource), owners):
        raise ValidationError({"identifier": [TAKEN]})


def change(resource: Resource, owners: Collection[str], version: datetime) -> bool:
    """Writes it, unless somebody else did since `version`, its `updated`; whether it was written. Clients lose the
    scopes that it no longer has. Raises ValidationError with all faults."""
    validate(resource)
    _check_owners(owners)
    return store().resources.change(_named(resource), owners, version)


def clients_of(resource: Resource) -> list[Client]:
    """Those that may have one of its scopes, by name."""
    held = store().clients.of_scope(resource.permissions)
    return sorted(held, key=lambda client: (client.client_name, client.client_id))


def validate(resource: Resource) -> None:
    """Raises ValidationError, with all faults by the member that has them."""
    faults: dict[str, list[str]] = defaultdict(list)
    for member, fault in resource_registration.faults(resource, issuer=settings.ISSUER):
        faults[member].append(fault)
    if store().clients.get(resource.identifier) is not None:
        # A client would take a token for the API for its ID token.
        faults["identifier"].append("is the id of a client")
    if faults:
        raise ValidationError(dict(faults))


def _named(resource: Resource) -> Resource:
    return replace(resource, name=resource.name.strip())


def _check_owners(owners: Collection[str]) -> None:
    """Who may own a resource: an API. Raises ValidationError for any other id."""
    for client_id in sorted(owners):
        client = store().clients.get(client_id)
        if client is None or kind_of(client) != "api":
            raise ValidationError({"owners": [f"{shown(client_id)} is not a client of the kind api"]})
