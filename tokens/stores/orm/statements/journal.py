"""Entries of the journal."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.ground.dialects import dialect
from accounts.ground.sql.sql import Sql, Upsert
from accounts.ground.sql.statement import statement
from accounts.ground.upserts import upsert
from tokens import models
from tokens.protocol import journal as keys


@statement("journal.revoke", once=True)
def revoke(key: str, expires: datetime) -> Sql:
    return Upsert(_upsert("NULL", "NULL"), _values(key, expires))


@statement("journal.revoke_authorization")
def revoke_authorization(authorization_id: str, expires: datetime) -> Sql:
    key, otherwise = _values(keys.authorization(authorization_id), expires)
    end = "coalesce((SELECT held.expires FROM tokens_authorization held WHERE held.id = %s), %s)"
    return Upsert(_upsert("NULL", "NULL", end), [key, authorization_id, otherwise])


@statement("journal.revoke_until_now", once=True)
def revoke_until_now(key: str, expires: datetime) -> Sql:
    clock = dialect().clock
    return Upsert(_upsert(clock, _later(clock)), _values(key, expires))


@statement("journal.revoke_until", once=True)
def revoke_until(key: str, until: datetime, expires: datetime) -> Sql:
    key, kept_until = _values(key, expires)
    instant = connection.ops.adapt_datetimefield_value(until)
    return Upsert(_upsert("%s", _later(dialect().excluded.format("until"))), [key, instant, kept_until])


@statement("journal.revoked", once=True)
def revoked(keys: Collection[str], root_at: datetime) -> "QuerySet[models.Revocation, tuple[str]]":
    """One entry, if any of the keys is void for what hangs on a sign-in at `root_at`."""
    void = models.Revocation.objects.filter(Q(until=None) | Q(until__gte=root_at), key__in=keys)
    return void.values_list("key")[:1]


def _later(instant: str) -> str:
    """The later of what the row has and of an instant. What is void for ever stays so: `greatest` of a NULL differs
    between databases."""
    later = f"{dialect().greatest}(tokens_revocation.until, {instant})"
    return f"CASE WHEN tokens_revocation.until IS NOT NULL THEN {later} END"


def _upsert(until: str, until_of_old: str, expires: str = "%s") -> str:
    """Writes the entry of the key, with `until` in a new row and `until_of_old` in one that is there. It is kept until
    the latest end that it was given."""
    words = dialect()
    latest = f"{words.greatest}(tokens_revocation.expires, {words.excluded.format('expires')})"
    row = {"key": "%s", "until": until, "expires": expires}
    return upsert("tokens_revocation", ["key"], row, {"until": until_of_old, "expires": latest})


def _values(key: str, expires: datetime) -> tuple[str, object]:
    return key, connection.ops.adapt_datetimefield_value(expires)
