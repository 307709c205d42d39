"""Makes protected resources (RFC 8707) and ends them: the one place, for the admin and the command alike."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from tokens import models
from tokens.protocol import resource_registration
from tokens.protocol.records import Resource
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.resources import resource_of


def known() -> list[Resource]:
    """All that there are."""
    return [resource_of(row) for row in models.Resource.objects.order_by("identifier")]


def create(resource: Resource, owners: Collection[str] = ()) -> models.Resource:
    """A new resource. `owners`: the ids of the clients that serve it. Raises ValidationError with all faults."""
    with _alone():
        validate(resource)
        if models.Resource.objects.filter(identifier=resource.identifier).exists():
            raise ValidationError({"identifier": ["is taken: there is such a resource"]})
        row = models.Resource.objects.create(identifier=resource.identifier, **_columns(resource))
        row.owners.set(_clients(owners))
        return row


def change(resource: Resource, owners: Collection[str], version: datetime) -> bool:
    """Writes it, unless somebody else did since `version`, the row's `updated`; whether it was written. Clients lose
    the scopes that it no longer has. Raises ValidationError with all faults."""
    with _alone():
        validate(resource)
        row = models.Resource.objects.filter(identifier=resource.identifier, updated=version).first()
        if row is None:
            return False
        before = resource_of(row)
        updated = max(datetime.now(UTC), version + timedelta(microseconds=1))
        models.Resource.objects.filter(pk=row.pk).update(**_columns(resource), updated=updated)
        row.owners.set(_clients(owners))
        _take_from_clients(before, kept=resource.scope)
        return True


def delete(resource: Resource) -> None:
    """Clients lose its scopes with it: whoever took one of those names later would find them given away already."""
    with _alone():
        models.Resource.objects.filter(identifier=resource.identifier).delete()
        _take_from_clients(resource)


def clients_of(resource: Resource) -> list[models.Client]:
    """Those that may have one of its scopes."""
    return _holders(models.Client.objects.order_by("client_name", "client_id"), resource.scope)


def validate(resource: Resource) -> None:
    """Raises ValidationError, with all faults by the member that has them."""
    others = [other for other in known() if other.identifier != resource.identifier]
    taken = {scope: other.identifier for other in others for scope in other.scope}
    faults: dict[str, list[str]] = defaultdict(list)
    for member, fault in resource_registration.faults(resource, issuer=settings.ISSUER, taken=taken):
        faults[member].append(fault)
    if faults:
        raise ValidationError(dict(faults))


@contextmanager
def _alone() -> Iterator[None]:
    """A transaction beside which nobody else changes resources, on any node: no constraint keeps a scope from being
    taken by two of them."""
    with transaction.atomic():
        ContentType.objects.select_for_update().filter(app_label="tokens", model="resource").first()
        yield


def _columns(resource: Resource) -> dict[str, str]:
    return {
        "name": resource.name.strip(),
        "scope": " ".join(resource.scope),
        "access_token_format": resource.access_token_format,
        "access_token_signed_response_alg": resource.access_token_signed_response_alg,
    }


def _clients(client_ids: Collection[str]) -> QuerySet[models.Client]:
    """The clients that may own a resource: APIs. Raises ValidationError for any other id."""
    found = servers().filter(pk__in=[name for name in client_ids if storable(name, models.CLIENT_ID)])
    if missing := sorted(set(client_ids) - {client.pk for client in found}):
        raise ValidationError({"owners": [f"{ascii(missing[0])[1:-1][:100]} is not a client of the kind api"]})
    return found


def servers() -> QuerySet[models.Client]:
    """Clients of the kind api."""
    return models.Client.objects.filter(grant_types=[]).exclude(token_endpoint_auth_method="none")  # noqa: S106 a method


def _holders(clients: QuerySet[models.Client], scope: Collection[str]) -> list[models.Client]:
    return [client for client in clients if not frozenset(client.scope.split()).isdisjoint(scope)]


def _take_from_clients(resource: Resource, kept: Collection[str] = ()) -> None:
    lost = frozenset(resource.scope) - frozenset(kept)
    for client in _holders(models.Client.objects.select_for_update(), lost):
        scope = [name for name in client.scope.split() if name not in lost]
        if frozenset(scope).isdisjoint(kept):
            named = client.metadata.get("default_resource", ())
            client.metadata["default_resource"] = [name for name in named if name != resource.identifier]
        client.scope = " ".join(scope)
        client.save(update_fields=["scope", "metadata", "updated"])
