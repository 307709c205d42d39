"""Adds the rows whose keys are not there yet."""

from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.db.models import Model


def add_missing(rows: Sequence[Model]) -> None:
    """One statement, where the database has one for it; Oracle has none."""
    if not rows:
        return
    manager = type(rows[0])._default_manager
    if connection.features.supports_ignore_conflicts:
        manager.bulk_create(rows, ignore_conflicts=True)
        return
    for row in rows:
        try:
            # A savepoint, so that a refusal leaves the caller's transaction as it was.
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            if not manager.filter(pk=row.pk).exists():
                raise
