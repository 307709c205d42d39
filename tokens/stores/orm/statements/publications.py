"""What a store elsewhere, which requests read, is owed of clients: written with their changes, and read to publish."""

from collections.abc import Collection

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest

from accounts.ground import upserts
from accounts.ground.dialects import dialect
from accounts.ground.sql.sql import Sql, Upsert, update
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import permission

Owed = QuerySet[models.Publication, tuple[str, int, int]]
"""A client, the version that it is owed in, and the one with which it was added."""


@statement("clients.change.owe")
def owe(client_id: str, micros: int) -> Sql:
    """`micros`: the least that its version may be."""
    return _owe(client_id, micros, {})


@statement("clients.add.owe")
def owe_new(client_id: str, micros: int) -> Sql:
    """Of a client that was added just now."""
    return _owe(client_id, micros, {"since": _later_version()})


@statement("resources.change.owe")
def owe_each(client_ids: Collection[str], micros: int) -> Sql:
    """Those of the clients that were published, or are owed already."""
    held = models.Publication.objects.filter(client_id__in=client_ids)
    # Said of which kind it is: PostgreSQL is sent a number of 4 bytes else, and what is more is cut off.
    least = Value(micros, BigIntegerField())
    return update(held, version=Greatest(F("version") + 1, least), published=False)


@statement("resources.change.clients")
def clients_of(identifier: str) -> QuerySet[models.Client, str]:
    """The clients that serve the resource, or have one of its scopes."""
    theirs = Q(scope__contains=permission.of(identifier, "")) | Q(resources__identifier=identifier)
    return models.Client.objects.filter(theirs).values_list("client_id", flat=True).distinct()


@statement("clients.change.owed")
def owed(micros: int, client_id: str, limit: int) -> Owed:
    """Those after this version and client, the least version first. Several may have one."""
    later = Q(version__gt=micros) | Q(client_id__gt=client_id)
    # IN finds its index everywhere: SQLite has none for NOT, as which Django says that it is False.
    held = models.Publication.objects.filter(later, published__in=[False], version__gte=micros)
    waiting = held.order_by("version", "client_id")
    return waiting.values_list("client_id", "version", "since")[:limit]


@statement("clients.change.publications")
def publications(after: str, limit: int) -> Owed:
    """What was published, of the ids after this one, in their order."""
    held = models.Publication.objects.filter(published=True, client_id__gt=after).order_by("client_id")
    return held.values_list("client_id", "version", "since")[:limit]


@statement("clients.change.known")
def known(client_ids: Collection[str]) -> QuerySet[models.Publication, str]:
    """Those that were ever owed."""
    return models.Publication.objects.filter(client_id__in=client_ids).values_list("client_id", flat=True)


@statement("clients.change.unowed")
def unowed(limit: int) -> QuerySet[models.Client, str]:
    """Clients that were never owed: they were made while another store was in use."""
    held = models.Publication.objects.filter(client_id=OuterRef("client_id"))
    never = models.Client.objects.filter(~Exists(held)).order_by("client_id")
    return never.values_list("client_id", flat=True)[:limit]


@statement("clients.change.published")
def published(client_id: str, micros: int) -> Sql:
    """Unless it is owed in a later version by now."""
    return update(models.Publication.objects.filter(client_id=client_id, version=micros), published=True)


@statement("clients.change.overtake")
def overtake(client_id: str, micros: int) -> Sql:
    """Owed in a later version than this, where its own is an older one."""
    held = models.Publication.objects.filter(client_id=client_id, version__lt=micros)
    return update(held, version=micros + 1, published=False)


def _owe(client_id: str, micros: int, changes: dict[str, str]) -> Sql:
    row = {"client_id": "%s", "version": "%s", "since": "%s", "published": "%s"}
    # In this order: a database may see in each change what those before it changed.
    changes = {**changes, "version": _later_version(), "published": dialect().excluded.format("published")}
    return Upsert(upserts.upsert("tokens_publication", ["client_id"], row, changes), [client_id, micros, micros, False])


def _later_version() -> str:
    return f"{dialect().greatest}(tokens_publication.version + 1, {dialect().excluded.format('version')})"
