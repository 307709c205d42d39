"""Clients, with their secrets and the resources that they serve."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, Q, QuerySet
from django.db.models.functions import Lower

from accounts.ground.sql.insert_new import insert_new
from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql, delete, update
from accounts.ground.sql.statement import statement
from accounts.names import list_key
from tokens import models
from tokens.protocol import client_metadata, permission, records
from tokens.stores.orm.statements import resources

SECRET = (
    "secrets__pk",
    "secrets__pepper",
    "secrets__digest",
    "secrets__client_secret_expires_at",
    "secrets__last_used",
)
RESOURCE = ("resources__identifier", "resources__introspection_claims")
_FIELDS = frozenset(field.name for field in models.Client._meta.concrete_fields)
MEMBERS = tuple(name for name in client_metadata.MEMBERS if name in _FIELDS)
"""Members that have a column of their own; all others share `metadata`."""
SEEN: Mapping[records.Protection, str] = {"pkce": "pkce_seen", "nonce": "nonce_seen", "neither": "neither_seen"}
"""What a client redeemed codes of → the column that says when last."""
COLUMNS = ("client_id", *MEMBERS, "metadata", "updated", "logout_failing_since", *SEEN.values())
Owner = models.Resource.owners.through
Values = QuerySet[models.Client, dict[str, Any]]
"""COLUMNS, SECRET and RESOURCE of a client: one row for each pair of a secret and a resource that it serves,
and one without where there is none."""


@statement("clients.get", once=True)
def get(client_id: str) -> Values:
    """Each row also has the `version` of the resources."""
    return _values(models.Client.objects.filter(client_id=client_id)).annotate(version=resources.version())


@statement("clients.unless_void", once=True)
def unless_void(client_id: str, keys: Collection[str], root_at: datetime) -> QuerySet[models.Client]:
    void = models.Revocation.objects.filter(Q(until=None) | Q(until__gte=root_at), key__in=keys)
    return models.Client.objects.filter(~Exists(void), client_id=client_id)


@statement("clients.find.ids")
def ids(text: str, after: str, limit: int) -> QuerySet[models.Client, str]:
    # Both in lower case: on MariaDB the columns compare bytes.
    fitting = Q(client_id=text) | Q(lower_name__contains=text.lower())
    clients = models.Client.objects.annotate(lower_name=Lower("client_name"))
    page = clients.filter(fitting, client_id__gt=after).order_by("client_id")
    return page.values_list("client_id", flat=True)[:limit]


@statement("clients.find")
def find(client_ids: Collection[str]) -> Values:
    return _values(models.Client.objects.filter(client_id__in=client_ids))


@statement("clients.named")
def named(client_ids: Collection[str]) -> QuerySet[models.Client]:
    """Each also has the `version` of the resources."""
    held = models.Client.objects.filter(client_id__in=client_ids).order_by("client_id")
    return held.annotate(version=resources.version())


@statement("clients.of_scope")
def scopes(scope: Collection[str]) -> "QuerySet[models.Client, tuple[str, str]]":
    """The id and the scope of each client that has one of these, or another of a resource of theirs: that is looked for
    in its text, where a scope may also be the beginning of another."""
    texts = {permission.of(of, "") if (of := permission.resource(each)) is not None else each for each in scope}
    holding = reduce(or_, (Q(scope__contains=text) for text in sorted(texts)))
    return models.Client.objects.filter(holding).values_list("client_id", "scope")


@statement("clients.add")
def add(client: records.Client, now: datetime) -> Sql:
    return insert_new(models.Client(**columns_of(client), created=now, updated=now))


@statement("clients.add.secrets")
def add_secrets(client_id: str, secrets: Collection[records.ClientSecret]) -> Sql:
    return insert(*(_secret_row(client_id, secret) for secret in secrets))


@statement("clients.change.metadata")
def metadata(client_id: str, version: datetime) -> QuerySet[models.Client, dict[str, Any]]:
    return models.Client.objects.filter(client_id=client_id, updated=version).values_list("metadata", flat=True)


@statement("clients.change")
def change(client: records.Client, metadata: Mapping[str, Any], version: datetime, now: datetime) -> Sql:
    """`metadata`: what the record does not know, to stay."""
    held = models.Client.objects.filter(client_id=client.client_id, updated=version)
    columns = columns_of(client)
    columns["metadata"] = {**metadata, **columns["metadata"]}
    return update(held, **columns, logout_failing_since=None, updated=max(now, version + timedelta(microseconds=1)))


@statement("clients.delete.lock")
def lock(client_id: str) -> QuerySet[models.Client, str]:
    held = models.Client.objects.select_for_update().filter(client_id=client_id)
    return held.values_list("client_id", flat=True)


@statement("clients.delete.secrets")
def delete_secrets(client_id: str) -> Sql:
    return delete(models.ClientSecret.objects.filter(client_id=client_id))


@statement("clients.delete.resources")
def delete_resources(client_id: str) -> Sql:
    """What says which resources it serves."""
    return delete(Owner.objects.filter(client_id=client_id))


@statement("clients.delete")
def delete_client(client_id: str) -> Sql:
    return delete(models.Client.objects.filter(client_id=client_id))


@statement("clients.logo", once=True)
def logo(name: str) -> "QuerySet[models.ClientLogo, bytes | memoryview]":
    return models.ClientLogo.objects.filter(name=name).values_list("content", flat=True)[:1]


@statement("clients.add.logo")
def add_logo(client: records.Client) -> Sql:
    return insert(models.ClientLogo(client_id=client.client_id, name=client.logo, content=client.fetched_logo))


@statement("clients.delete.logo")
def delete_logo(client_id: str) -> Sql:
    return delete(models.ClientLogo.objects.filter(client_id=client_id))


@statement("clients.note_secret_use")
def note_secret_use(client_id: str, digest: str, now: datetime, pause: timedelta) -> Sql:
    is_due = Q(last_used=None) | Q(last_used__lte=now - pause)
    return update(models.ClientSecret.objects.filter(is_due, client_id=client_id, digest=digest), last_used=now)


@statement("clients.note_protection")
def note_protection(client_id: str, protection: records.Protection, now: datetime, pause: timedelta) -> Sql:
    column = SEEN[protection]
    is_due = Q(**{column: None}) | Q(**{f"{column}__lte": now - pause})
    return update(models.Client.objects.filter(is_due, client_id=client_id), **{column: now})


@statement("clients.note_logout")
def note_logout(client_id: str, failing_since: datetime | None) -> Sql:
    is_news = Q(logout_failing_since__isnull=failing_since is not None)
    held = models.Client.objects.filter(is_news, client_id=client_id)
    return update(held, logout_failing_since=failing_since)


@statement("clients.add_secret.newest")
def newest_secret(client_id: str) -> QuerySet[models.ClientSecret, int]:
    secrets = models.ClientSecret.objects.filter(client_id=client_id).order_by("-pk")
    return secrets.values_list("pk", flat=True)[:1]


@statement("clients.add_secret")
def add_secret(client_id: str, secret: records.ClientSecret) -> Sql:
    return insert(_secret_row(client_id, secret))


@statement("clients.expire_secret")
def expire_secret(client_id: str, secret_id: int, expires: datetime | None, now: datetime) -> Sql:
    has_not_ended = Q(client_secret_expires_at=None) | Q(client_secret_expires_at__gt=now)
    return update(_secret(client_id, secret_id).filter(has_not_ended), client_secret_expires_at=expires)


@statement("clients.delete_secret")
def delete_secret(client_id: str, secret_id: int) -> Sql:
    return delete(_secret(client_id, secret_id))


def columns_of(client: records.Client) -> dict[str, Any]:
    """The columns of the record's id and metadata, and their values."""
    document = client_metadata.stored(client)
    members = {name: document.pop(name) for name in MEMBERS}
    name_key = list_key(client.client_name)
    return {"client_id": client.client_id, "name_key": name_key, **members, "metadata": document}


def _values(clients: QuerySet[models.Client]) -> Values:
    rows = clients.order_by("client_id", "secrets__pk", "resources__identifier")
    values: Values = rows.values(*COLUMNS, *SECRET, *RESOURCE)
    return values


def _secret(client_id: str, secret_id: int) -> QuerySet[models.ClientSecret]:
    return models.ClientSecret.objects.filter(client_id=client_id, pk=secret_id)


def _secret_row(client_id: str, secret: records.ClientSecret) -> models.ClientSecret:
    return models.ClientSecret(
        client_id=client_id,
        pepper=secret.pepper,
        digest=secret.digest,
        client_secret_expires_at=secret.expires,
        last_used=secret.last_used,
    )
