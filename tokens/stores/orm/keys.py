"""Signing keys."""

from typing import cast

from django.db import IntegrityError, transaction

from tokens import models
from tokens.protocol import records

SLOTS = ("next", "active")
"""The states that one key of an algorithm can have at a time."""


class Keys:
    def keys(self) -> list[records.SigningKey]:
        return [_signing_key(row) for row in models.SigningKey.objects.order_by("created", "kid")]

    def add_key(self, key: records.SigningKey) -> bool:
        try:
            # A savepoint, so that a refusal leaves the caller's transaction as it was.
            with transaction.atomic():
                models.SigningKey.objects.create(
                    kid=key.kid,
                    alg=key.alg,
                    public=dict(key.public),
                    private=key.private,
                    state=key.state,
                    slot=f"{key.state}:{key.alg}" if key.state in SLOTS else None,
                    created=key.created,
                )
        except IntegrityError:
            return False
        return True


def _signing_key(row: models.SigningKey) -> records.SigningKey:
    return records.SigningKey(
        kid=row.kid,
        alg=row.alg,
        public=row.public,
        private=row.private,
        state=cast(records.KeyState, row.state),
        created=row.created,
    )
