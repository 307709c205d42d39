"""Deletes what expired, in batches that any number of nodes may run beside each other and beside requests."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.functions import Now

from tokens import models

MODELS: dict[str, type[Model]] = {
    "authorization_code": models.AuthorizationCode,
    "interaction": models.Interaction,
    "client_assertion": models.ClientAssertion,
    "access_token": models.AccessToken,
    "refresh_token": models.RefreshToken,
    "consent": models.Consent,
    "authorization": models.Authorization,
    "revocation": models.Revocation,
}

HAVE_PLACES = ("postgresql",)
"""The databases whose rows are found fastest by their place in the table."""


class Cleanup:
    def delete_expired(self, kind: str, grace: float, limit: int) -> int:
        delete = _delete_in_place if connection.vendor in HAVE_PLACES else _select_then_delete
        # Durable: inside a caller's transaction the locks would last until its end.
        with transaction.atomic(durable=True):
            return delete(MODELS[kind], grace, limit)


def _delete_in_place(model: type[Model], grace: float, limit: int) -> int:
    """By the rows' places, a third of the work. The array is made once: a planner may run a bare subquery, and so the
    limit, again and again."""
    table = connection.ops.quote_name(model._meta.db_table)
    expired = "expires < statement_timestamp() - make_interval(secs => %s)"
    # What was renewed after the inner statement saw it has moved, and is not found at its old place.
    sql = (
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {expired}"  # noqa: S608 names of ours
        f" ORDER BY expires LIMIT %s FOR UPDATE SKIP LOCKED)) AND {expired}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (grace, limit, grace))
        deleted: int = cursor.rowcount
    return deleted


def _select_then_delete(model: type[Model], grace: float, limit: int) -> int:
    expired = model._default_manager.filter(expires__lt=Now() - timedelta(seconds=grace))
    rows = expired.order_by("expires").select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit]
    return expired.filter(pk__in=list(rows)).delete()[0]
