"""The journal: a row of it voids what its key names, there or to come. Each verb is one statement."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Q

from tokens import models
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.statements.journal import REVOKE, REVOKE_UNTIL_NOW


class Journal:
    def revoke(self, key: str, expires: datetime) -> None:
        REVOKE.run(key=key, expires=connection.ops.adapt_datetimefield_value(expires))

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        REVOKE_UNTIL_NOW.run(key=key, expires=connection.ops.adapt_datetimefield_value(expires))

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        known = [key for key in keys if storable(key, models.JOURNAL_KEY)]
        return models.Revocation.objects.filter(Q(until=None) | Q(until__gte=root_at), key__in=known).exists()
