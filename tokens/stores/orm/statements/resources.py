"""Protected resources, and the clients that serve them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet, Subquery

from accounts.ground.sql.inserting import insert, upsert
from accounts.ground.sql.sql import Sql, delete, update
from accounts.ground.sql.statement import statement
from accounts.names import list_key
from tokens import models
from tokens.protocol import permission, records


def version() -> Subquery:
    """Of the state that the statement sees; NULL before the first resource was added."""
    return Subquery(models.ResourcesVersion.objects.filter(id=1).values("version"))


@statement("resources.all", once=True)
def every() -> QuerySet[models.Resource]:
    return models.Resource.objects.order_by("identifier")


@statement("resources.named", once=True)
def named(identifiers: Collection[str]) -> QuerySet[models.Resource]:
    """Each with the `version` that they are of."""
    found = models.Resource.objects.filter(identifier__in=identifiers)
    return found.order_by("identifier").annotate(version=version())


@statement("resources.change.version")
def renew_version() -> Sql:
    """Held by all that change a resource until they end."""
    return upsert(models.ResourcesVersion(version=uuid4()), unique=("id",), columns=("version",))


@statement("resources.add")
def add(resource: records.Resource) -> Sql:
    return insert(models.Resource(identifier=resource.identifier, **_columns(resource)))


@statement("resources.change")
def change(resource: records.Resource, version: datetime, now: datetime) -> Sql:
    held = models.Resource.objects.filter(identifier=resource.identifier, updated=version)
    return update(held, **_columns(resource), updated=max(now, version + timedelta(microseconds=1)))


@statement("resources.delete")
def delete_resource(identifier: str) -> Sql:
    return delete(models.Resource.objects.filter(identifier=identifier))


@statement("resources.change.disown")
def disown(identifier: str) -> Sql:
    """Nobody serves it any more."""
    ids = models.Resource.objects.filter(identifier=identifier).values("pk")[:1]
    return delete(models.Resource.owners.through.objects.filter(resource_id=Subquery(ids)))


@statement("resources.change.own")
def own(identifier: str, client_ids: Collection[str]) -> Sql:
    """Those of the clients that there are serve it."""
    wanted = ", ".join(["%s"] * len(client_ids))
    text = f"""
        INSERT INTO tokens_resource_owners (resource_id, client_id)
        SELECT served.id, client.client_id FROM tokens_resource served, tokens_client client
        WHERE served.identifier = %s AND client.client_id IN ({wanted})
    """  # noqa: S608 words of ours
    return Sql(text, (identifier, *client_ids))


@statement("resources.change.scopes")
def scopes(identifier: str) -> "QuerySet[models.Client, tuple[str, str, dict[str, Any], datetime]]":
    """The id, the scope, the metadata and the version of each client that has a scope of this resource."""
    clients = models.Client.objects.select_for_update().filter(scope__contains=permission.of(identifier, ""))
    return clients.values_list("client_id", "scope", "metadata", "updated")


@statement("resources.change.take")
def take(client_id: str, scope: Collection[str], metadata: dict[str, Any], version: datetime, now: datetime) -> Sql:
    """Leaves a client, which is locked, this scope and this metadata."""
    held = models.Client.objects.filter(client_id=client_id)
    updated = max(now, version + timedelta(microseconds=1))
    return update(held, scope=" ".join(scope), metadata=metadata, updated=updated)


def _columns(resource: records.Resource) -> dict[str, Any]:
    return {
        "name": resource.name,
        "name_key": list_key(resource.name),
        "scope": " ".join(resource.scope),
        "access_token_format": resource.access_token_format,
        "access_token_signed_response_alg": resource.access_token_signed_response_alg,
        "access_token_typ": resource.access_token_typ,
        "introspection_claims": list(resource.introspection_claims),
        "scope_sentences": list(resource.scope_sentences),
    }
