"""Authorizations, judged by the journal in the statement that adds or reads them."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from accounts.ground.dialects import can_write_in_cte, dialect
from accounts.ground.sql import answers
from accounts.ground.sql.sql import Sql
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import records
from tokens.protocol.journal import EVERYTHING
from tokens.protocol.records import OFFLINE_ACCESS
from tokens.stores.base.whose import Whose
from tokens.stores.orm.rows import row_of
from tokens.stores.orm.statements import refresh_tokens
from tokens.stores.orm.statements.columns import columns
from tokens.stores.orm.statements.ownership import owned_by
from tokens.stores.orm.statements.unless_void import insert_unless_void, insert_with_child


@statement("authorizations.add")
def add(authorization: records.Authorization) -> Sql:
    kept_until = authorization.kept_until or authorization.expires
    return insert_unless_void(authorization, row_of(models.Authorization, authorization, kept_until=kept_until))


@statement("authorizations.add.with_first", needs=can_write_in_cte)
def add_with_first(authorization: records.Authorization, first: records.RefreshToken) -> Sql:
    return insert_with_child(add(authorization), refresh_tokens.row(first))


@statement("authorizations.get", once=True)
def get(authorization_id: str, now: datetime) -> Sql:
    instant = connection.ops.adapt_datetimefield_value(now)
    return Sql(_good(), [authorization_id, instant], answers.of(models.Authorization))


@statement("authorizations.with_client", once=True)
def with_client(authorization_id: str, now: datetime) -> Sql:
    """The columns of the authorization, then those of the client."""
    client = ", ".join(f"client.{column}" for column in columns(models.Client))
    joined = "JOIN tokens_client client ON client.client_id = held.client_id"
    instant = connection.ops.adapt_datetimefield_value(now)
    both = answers.of(models.Authorization, models.Client)
    return Sql(_good(f", {client}", joined), [authorization_id, instant], both)


@statement("authorizations.causes")
def causes(authorization_ids: Collection[str], now: datetime) -> Sql:
    """A row for each key that voids one of them, or one with none: its id, the key, whether it has a client, whether it
    has expired."""
    among = ", ".join(["%s"] * len(authorization_ids))
    text = f"""
        SELECT held.id, entry.key, CASE WHEN client.client_id IS NULL THEN 0 ELSE 1 END,
               CASE WHEN held.expires <= %s THEN 1 ELSE 0 END
        FROM tokens_authorization held
        LEFT JOIN tokens_revocation entry ON {_voids()}
        LEFT JOIN tokens_client client ON client.client_id = held.client_id
        WHERE held.id IN ({among})
    """  # noqa: S608 names of ours
    return Sql(text, [connection.ops.adapt_datetimefield_value(now), *authorization_ids])


@statement("authorizations.session_told", once=True)
def session_told(client_id: str, told_sid: str) -> "QuerySet[models.Authorization, str | None]":
    told = models.Authorization.objects.filter(told_sid=told_sid, client_id=client_id)
    return told.values_list("sid", flat=True)[:1]


@statement("authorizations.clients_of")
def clients_of(sid: str, limit: int) -> QuerySet[models.Client]:
    given = models.Authorization.objects.filter(sid=sid).values("client_id")
    return models.Client.objects.filter(client_id__in=given).order_by("client_id")[:limit]


@statement("authorizations.find")
def find(whose: Whose, limit: int, after: str) -> QuerySet[models.Authorization]:
    return owned_by(models.Authorization, whose).filter(pk__gt=after).order_by("pk")[:limit]


@statement("authorizations.of_id", once=True)
def of_id(authorization_id: str) -> QuerySet[models.Authorization]:
    return models.Authorization.objects.filter(pk=authorization_id)


def _good(more: str = "", joined: str = "") -> str:
    """The statement for an authorization that nothing voids. `more`: of what is `joined`."""
    wanted = ", ".join(f"held.{column}" for column in columns(models.Authorization))
    return f"""
        SELECT {wanted}{more} FROM tokens_authorization held {joined}
        WHERE held.id = %s AND held.expires > %s AND NOT EXISTS (
            SELECT 1 FROM tokens_revocation entry WHERE {_voids()}
        )
    """  # noqa: S608 names of ours


def _voids() -> str:
    """Whether the journal's `entry` voids the authorization `held`: `journal.of` in SQL, from the row's own ids."""
    # An id that is NULL makes a key that is NULL, which equals nothing.
    not_offline = dialect().without.format("' ' || held.scope || ' '", f"' {OFFLINE_ACCESS} '")
    return f"""
        entry.key IN (
            '{EVERYTHING}',
            'authorization:' || held.id,
            'subject:' || {_subject()},
            'client:' || held.client_id,
            'consent:' || held.consent_id,
            CASE WHEN {not_offline} THEN 'session:' || held.sid END
        ) AND (entry.until IS NULL OR entry.until >= held.root_at)
    """


def _subject() -> str:
    """The subject as the journal spells it. A database without UUIDs holds only their digits."""
    if connection.features.has_native_uuid_field:
        return f"CAST(held.subject AS {dialect().text})"
    return " || '-' || ".join(
        f"substr(held.subject, {start}, {length})" for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    )
