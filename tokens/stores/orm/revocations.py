"""The journal: a row of it voids whatever its key names, there or to come. Each verb is one statement."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Q

from tokens import models
from tokens.stores.orm.identifiers import storable

CLOCK = {
    # As late as can be: after a wait for the row, too.
    "postgresql": "clock_timestamp()",
    # With as many digits as Django writes: instants are compared as texts.
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')",
}
GREATEST = {"postgresql": "greatest", "sqlite": "max"}


class Revocations:
    def revoke(self, key: str, expires: datetime) -> None:
        greatest = GREATEST[connection.vendor]
        _execute(
            f"""
            INSERT INTO tokens_revocation AS held (key, until, expires) VALUES (%s, NULL, %s)
            ON CONFLICT (key) DO UPDATE SET until = NULL, expires = {greatest}(held.expires, excluded.expires)
            WHERE held.until IS NOT NULL OR held.expires < excluded.expires
            """,  # noqa: S608 words of ours
            key,
            expires,
        )

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        clock, greatest = CLOCK[connection.vendor], GREATEST[connection.vendor]
        # What is void for ever stays so: `greatest` of a NULL differs between databases.
        _execute(
            f"""
            INSERT INTO tokens_revocation AS held (key, until, expires) VALUES (%s, {clock}, %s)
            ON CONFLICT (key) DO UPDATE SET
                until = CASE WHEN held.until IS NOT NULL THEN {greatest}(held.until, {clock}) END,
                expires = {greatest}(held.expires, excluded.expires)
            """,  # noqa: S608 words of ours
            key,
            expires,
        )

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        known = [key for key in keys if storable(key, models.JOURNAL_KEY)]
        return models.Revocation.objects.filter(Q(until=None) | Q(until__gte=root_at), key__in=known).exists()


def _execute(sql: str, key: str, expires: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, (key, connection.ops.adapt_datetimefield_value(expires)))
