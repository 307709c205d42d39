"""The journal: a row of it voids whatever its key names, there or to come. Each verb is one statement."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Q

from tokens import models
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.statements.dialects import dialect


class Journal:
    def revoke(self, key: str, expires: datetime) -> None:
        _upsert(key, "NULL", "NULL", expires)

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        words = dialect()
        # What is void for ever stays so: `greatest` of a NULL differs between databases.
        later = f"{words.greatest}(tokens_revocation.until, {words.clock})"
        _upsert(key, words.clock, f"CASE WHEN tokens_revocation.until IS NOT NULL THEN {later} END", expires)

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        known = [key for key in keys if storable(key, models.JOURNAL_KEY)]
        return models.Revocation.objects.filter(Q(until=None) | Q(until__gte=root_at), key__in=known).exists()


def _upsert(key: str, until: str, until_of_old: str, expires: datetime) -> None:
    """Writes the entry of the key, with `until` in a new row and `until_of_old` in one that is there. It is kept until
    the latest end that it was given."""
    words, quoted = dialect(), connection.ops.quote_name("key")
    latest = f"{words.greatest}(tokens_revocation.expires, {words.excluded.format('expires')})"
    sql = f"""
        INSERT INTO tokens_revocation ({quoted}, until, expires) VALUES (%s, {until}, %s)
        {words.on_conflict} until = {until_of_old}, expires = {latest}
    """  # noqa: S608 words of ours
    with connection.cursor() as cursor:
        cursor.execute(sql, (key, connection.ops.adapt_datetimefield_value(expires)))
