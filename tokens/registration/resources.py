"""Makes protected resources (RFC 8707), changes and ends them, for the admin and the commands."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError

from tokens.conf import signing_algs
from tokens.protocol import resource_registration
from tokens.protocol.member_types import shown
from tokens.protocol.records import Client, Resource
from tokens.protocol.resources import canonical, spellings
from tokens.registration.clients import NOT_OFFERED
from tokens.stores import store

OfId = Callable[[str], Client | None]
"""The client of an id."""
TAKEN = "is taken: there is such a resource (a / after the host makes no difference)"


def create(resource: Resource, owners: Collection[str] = (), of_id: OfId | None = None) -> Resource:
    """Adds a resource, and answers it as it was written. `owners`: the ids of the clients that serve it; `of_id`: what
    was read of them already. Raises ValidationError with all faults."""
    validate(resource)
    check_identifier(resource.identifier)
    check_owners(owners, of_id or store().clients.of_id)
    resource = _named(resource)
    if not store().resources.add(resource, owners):
        raise ValidationError({"identifier": [TAKEN]})
    return resource


def change(resource: Resource, owners: Collection[str], version: datetime, of_id: OfId | None = None) -> bool:
    """Writes it, unless somebody else did since `version`, its `updated`; whether it was written. Clients lose the
    scopes that it no longer has. `of_id` as for `create`. Raises ValidationError with all faults."""
    validate(resource)
    check_owners(owners, of_id or store().clients.of_id)
    return store().resources.change(_named(resource), owners, version)


def clients_of(resource: Resource) -> list[Client]:
    """Those that may have one of its scopes, by name."""
    held = store().clients.of_scope(resource.permissions)
    return sorted(held, key=lambda client: (client.client_name, client.client_id))


def validate(resource: Resource, others: Collection[Resource] = ()) -> None:
    """Raises ValidationError, with all faults by the member that has them. `others`: those that there will be beside
    it, where the store does not know them all yet."""
    faults: dict[str, list[str]] = defaultdict(list)
    for member, fault in resource_registration.faults(resource, issuer=settings.ISSUER):
        faults[member].append(fault)
    if canonical(resource.identifier) in {canonical(other.identifier) for other in others}:
        faults["identifier"].append(TAKEN)
    is_signed = resource.access_token_format == "jwt"  # noqa: S105 the name of a form
    if is_signed and resource.access_token_signed_response_alg not in signing_algs():
        faults["access_token_signed_response_alg"].append(NOT_OFFERED.format(", ".join(signing_algs())))
    if faults:
        raise ValidationError(dict(faults))


def _named(resource: Resource) -> Resource:
    return replace(resource, name=resource.name.strip())


def check_identifier(identifier: str) -> None:
    """Raises ValidationError for what an ID token would name as its audience: the id of a client."""
    if any(store().clients.of_id(spelled) is not None for spelled in spellings(identifier)):
        raise ValidationError({"identifier": ["is the id of a client: its ID tokens would be meant for this API"]})


def check_owners(owners: Collection[str], of_id: OfId) -> None:
    """Who may own a resource: a client that authenticates, whatever else it does, for it introspects. Raises
    ValidationError for any other."""
    for client_id in sorted(owners):
        client = of_id(client_id)
        if client is None or client.public:
            raise ValidationError({"owners": [f"{shown(client_id)} is not a client with a secret or keys of its own"]})
