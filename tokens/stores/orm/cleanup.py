"""Deletes what expired, in batches that any number of nodes may run beside each other and beside requests."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Now

from tokens import models
from tokens.stores.base.kinds import END
from tokens.stores.orm.dialects import dialect

MODELS: dict[str, type[Model]] = {
    "run": models.Run,
    "authorization_code": models.AuthorizationCode,
    "interaction": models.Interaction,
    "client_assertion": models.ClientAssertion,
    "access_token": models.AccessToken,
    "refresh_token": models.RefreshToken,
    "consent": models.Consent,
    "authorization": models.Authorization,
    "revocation": models.Revocation,
    "logout_delivery": models.LogoutDelivery,
}


class Cleanup:
    def delete_expired(self, kind: str, grace: float, limit: int) -> int:
        delete = _delete_in_place if dialect().places else _select_then_delete
        # Durable: inside a caller's transaction the locks would last until its end.
        with transaction.atomic(durable=True):
            return delete(MODELS[kind], END.get(kind, "expires"), grace, limit)

    def lag(self, grace: float) -> Mapping[str, float]:
        words = dialect()
        columns = [_oldest(model, END.get(kind, "expires")) for kind, model in MODELS.items()]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {words.seconds.format(words.clock)}, {', '.join(columns)}", ())
            now, *ends = cursor.fetchone()
        lags = (0 if end is None else max(0, float(now) - float(end) - grace) for end in ends)
        return dict(zip(MODELS, lags, strict=True))


def _oldest(model: type[Model], end: str) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    return f"(SELECT {dialect().seconds.format(end)} FROM {table} WHERE {end} IS NOT NULL ORDER BY {end} LIMIT 1)"  # noqa: S608 names of ours


def _delete_in_place(model: type[Model], end: str, grace: float, limit: int) -> int:
    """By the rows' places, a third of the work. The array is made once: a planner may run a bare subquery, and so the
    limit, again and again."""
    table = connection.ops.quote_name(model._meta.db_table)
    expired = f"{end} < statement_timestamp() - make_interval(secs => %s)"
    # What was renewed after the inner statement saw it has moved, and is not found at its old place.
    sql = (
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {expired}"  # noqa: S608 names of ours
        f" ORDER BY {end} LIMIT %s FOR UPDATE SKIP LOCKED)) AND {expired}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (grace, limit, grace))
        deleted: int = cursor.rowcount
    return deleted


def _select_then_delete(model: type[Model], end: str, grace: float, limit: int) -> int:
    expired = model._default_manager.filter(**{f"{end}__lt": Now() - timedelta(seconds=grace)})
    return delete_locked(expired.order_by(end), limit)


def delete_locked(rows: "QuerySet[Any]", limit: int | None = None) -> int:
    """Deletes those of the rows that nobody else holds; how many. They are locked until the transaction ends: nobody
    changes them meanwhile."""
    keys = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    return (_delete_each if dialect().strays else _delete_all)(rows.model, keys) if keys else 0


def _delete_all(model: type[Model], keys: Sequence[int | str]) -> int:
    return model._default_manager.filter(pk__in=keys).delete()[0]


def _delete_each(model: type[Model], keys: Sequence[int | str]) -> int:
    """A look for each key, in one statement: the join's order is ours."""
    quote, meta = connection.ops.quote_name, model._meta
    wanted = " UNION ALL ".join(["SELECT %s AS pk", *["SELECT %s"] * (len(keys) - 1)])
    key = f"held.{quote(str(meta.pk.column))}"
    join = f"({wanted}) wanted STRAIGHT_JOIN {quote(meta.db_table)} held ON {key} = wanted.pk"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE held FROM {join}", keys)
        deleted: int = cursor.rowcount
    return deleted
