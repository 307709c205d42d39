"""The journal: a row of it voids what its key names, there or to come. Each verb is one statement."""

from collections.abc import Collection
from datetime import datetime

from tokens import models
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only
from tokens.stores.orm.statements import journal


class Journal:
    def revoke(self, key: str, expires: datetime) -> None:
        journal.revoke(key, expires).run()

    def revoke_authorization(self, authorization_id: str, expires: datetime) -> None:
        if storable(authorization_id, models.HANDLE):
            journal.revoke_authorization(authorization_id, expires).run()

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        journal.revoke_until_now(key, expires).run()

    def revoke_until(self, key: str, until: datetime, expires: datetime) -> None:
        journal.revoke_until(key, until, expires).run()

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        lookups = [key for key in keys if storable(key, models.JOURNAL_KEY)]
        return bool(lookups) and only(journal.revoked(lookups, root_at)) is not None
