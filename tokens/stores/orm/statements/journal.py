"""The statements that write an entry of the journal."""

from django.db import connection

from tokens.stores.orm.statements.dialects import dialect
from tokens.stores.orm.statements.statement import Statement

PARAMETERS = ("key", "expires")


def _revoke() -> str:
    return _upsert("NULL", "NULL")


def _revoke_until_now() -> str:
    words = dialect()
    # What is void for ever stays so: `greatest` of a NULL differs between databases.
    later = f"{words.greatest}(tokens_revocation.until, {words.clock})"
    return _upsert(words.clock, f"CASE WHEN tokens_revocation.until IS NOT NULL THEN {later} END")


def _upsert(until: str, until_of_old: str) -> str:
    """Writes the entry of the key, with `until` in a new row and `until_of_old` in one that is there. It is kept until
    the latest end that it was given."""
    words, quoted = dialect(), connection.ops.quote_name("key")
    latest = f"{words.greatest}(tokens_revocation.expires, {words.excluded.format('expires')})"
    return f"""
        INSERT INTO tokens_revocation ({quoted}, until, expires) VALUES (%s, {until}, %s)
        {words.on_conflict} until = {until_of_old}, expires = {latest}
    """  # noqa: S608 words of ours


REVOKE = Statement(name="journal.revoke", parameters=PARAMETERS, sql=_revoke)
REVOKE_UNTIL_NOW = Statement(name="journal.revoke_until_now", parameters=PARAMETERS, sql=_revoke_until_now)
