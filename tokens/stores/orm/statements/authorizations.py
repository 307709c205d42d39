"""The statement that reads an authorization and judges it by the journal."""

from django.db import connection

from tokens import models
from tokens.protocol.records import OFFLINE_ACCESS
from tokens.stores.orm.statements.columns import columns
from tokens.stores.orm.statements.dialects import dialect
from tokens.stores.orm.statements.statement import Statement


def _good() -> str:
    """The statement for an authorization that nothing voids: `journal.of` in SQL, from the row's own ids."""
    wanted = ", ".join(f"held.{column}" for column in columns(models.Authorization))
    # An id that is NULL makes a key that is NULL, which equals nothing. `replace`: a LIKE may take case for nothing.
    return f"""
        SELECT {wanted} FROM tokens_authorization held WHERE held.id = %s AND held.expires > %s AND NOT EXISTS (
            SELECT 1 FROM tokens_revocation entry WHERE entry.key IN (
                'authorization:' || held.id,
                'subject:' || {_subject()},
                'client:' || held.client_id,
                'consent:' || held.consent_id,
                CASE WHEN replace(' ' || held.scope || ' ', ' {OFFLINE_ACCESS} ', '') = ' ' || held.scope || ' '
                     THEN 'session:' || held.sid END
            ) AND (entry.until IS NULL OR entry.until >= held.root_at)
        )
    """  # noqa: S608 names of ours


def _subject() -> str:
    """The subject as the journal spells it. A database without UUIDs holds only their digits."""
    if connection.features.has_native_uuid_field:
        return f"CAST(held.subject AS {dialect().text})"
    return " || '-' || ".join(
        f"substr(held.subject, {start}, {length})" for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    )


GOOD = Statement(name="authorizations.get", parameters=("id", "now"), sql=_good)
