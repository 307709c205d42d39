"""Signing keys. A key's state only ever moves on, so a condition on the state decides, not who looked when."""

from datetime import timedelta

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.ground.taken_back import was_taken_back
from tokens import models
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import record_of, row_of

KID = 64  # characters, of a column
SLOTS = ("next", "active")
"""The states that one key of an algorithm can have at a time."""


class Keys:
    def all(self) -> list[records.SigningKey]:
        return [record_of(records.SigningKey, row) for row in models.SigningKey.objects.order_by("created", "kid")]

    def add(self, key: records.SigningKey) -> bool:
        try:
            # A savepoint, so that a refusal leaves the caller's transaction as it was.
            with transaction.atomic():
                slot = _slot(key.alg, key.state)
                row_of(models.SigningKey, key, slot=slot, since=Now()).save(force_insert=True)
        except IntegrityError:
            return False
        return True

    def activate(self, key: records.SigningKey, after: timedelta) -> bool:
        try:
            with transaction.atomic():
                # The active one first: its lock is what others that activate or revoke wait for.
                _move(models.SigningKey.objects.filter(alg=key.alg, state="active"), "retiring")
                activated = _move(_been(key, "next", after), "active", slot=_slot(key.alg, "active"))
                if not activated:
                    transaction.set_rollback(True)
        except IntegrityError:
            return False
        except OperationalError as error:
            # MariaDB may end a meeting with others that move keys by taking this back: then they were faster.
            if connection.in_atomic_block or not was_taken_back(error):
                raise
            return False
        return activated

    def retire(self, key: records.SigningKey, after: timedelta) -> bool:
        return _move(_been(key, "retiring", after), "retired", private="")

    def revoke(self, kid: str) -> bool:
        rows = models.SigningKey.objects.filter(kid=kid).exclude(state="revoked")
        return storable(kid, KID) and _move(rows, "revoked", private="")


def _been(key: records.SigningKey, state: records.KeyState, after: timedelta) -> "QuerySet[models.SigningKey]":
    """The key, if it has been in that state for so long."""
    return models.SigningKey.objects.filter(kid=key.kid, state=state, since__lte=Now() - after)


def _move(rows: "QuerySet[models.SigningKey]", state: records.KeyState, **columns: str | None) -> bool:
    return rows.update(**{"state": state, "slot": None, "since": Now(), **columns}) > 0


def _slot(alg: str, state: records.KeyState) -> str | None:
    return f"{state}:{alg}" if state in SLOTS else None
