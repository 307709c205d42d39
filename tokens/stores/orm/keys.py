"""Signing keys. A key's state only ever moves on, so a condition on the state decides, not who looked when."""

from datetime import timedelta

from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.ground.taken_back import was_taken_back
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import record_of
from tokens.stores.orm.statements import keys

KID = 64  # characters, of a column


class Keys:
    def all(self) -> list[records.SigningKey]:
        return [record_of(records.SigningKey, row) for row in keys.every()]

    def add(self, key: records.SigningKey) -> bool:
        try:
            # A savepoint, so that a refusal leaves the caller's transaction as it was.
            with transaction.atomic():
                keys.add(key).run()
        except IntegrityError:
            return False
        return True

    def activate(self, key: records.SigningKey, after: timedelta) -> bool:
        try:
            with transaction.atomic():
                # The active one first: its lock is what others that activate or revoke wait for.
                keys.demote(key.alg).run()
                activated = keys.activate(key, after).run() == 1
                if not activated:
                    transaction.set_rollback(True)
        except IntegrityError:
            return False
        except DatabaseError as error:
            # MariaDB may end a meeting with others that move keys by taking this back: then they were faster.
            if connection.in_atomic_block or not was_taken_back(error):
                raise
            return False
        return activated

    def withdraw(self, key: records.SigningKey) -> bool:
        return keys.withdraw(key.kid).run() == 1

    def retire(self, key: records.SigningKey, after: timedelta) -> bool:
        return keys.retire(key, after).run() == 1

    def revoke(self, kid: str) -> bool:
        return storable(kid, KID) and keys.revoke(kid).run() == 1
