"""Signing keys. A key's state only ever moves on: the condition on the state decides."""

from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql, update
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import records
from tokens.stores.orm.rows import row_of

SLOTS = ("next", "active")
"""The states that one key of an algorithm can have at a time."""


@statement("keys.all", once=True)
def every() -> QuerySet[models.SigningKey]:
    return models.SigningKey.objects.order_by("created", "kid")


@statement("keys.add")
def add(signing_key: records.SigningKey) -> Sql:
    return insert(row_of(models.SigningKey, signing_key, slot=_slot(signing_key.alg, signing_key.state), since=Now()))


@statement("keys.activate.demote")
def demote(alg: str) -> Sql:
    """The active key of the algorithm."""
    return _move(models.SigningKey.objects.filter(alg=alg, state="active"), "retiring")


@statement("keys.activate")
def activate(signing_key: records.SigningKey, age: timedelta) -> Sql:
    return _move(_been(signing_key, "next", age), "active", slot=_slot(signing_key.alg, "active"))


@statement("keys.withdraw")
def withdraw(kid: str) -> Sql:
    return _move(models.SigningKey.objects.filter(kid=kid, state__in=SLOTS), "retiring")


@statement("keys.retire")
def retire(signing_key: records.SigningKey, age: timedelta) -> Sql:
    return _move(_been(signing_key, "retiring", age), "retired", private="")


@statement("keys.revoke")
def revoke(kid: str) -> Sql:
    return _move(models.SigningKey.objects.filter(kid=kid).exclude(state="revoked"), "revoked", private="")


def _been(signing_key: records.SigningKey, state: records.KeyState, age: timedelta) -> QuerySet[models.SigningKey]:
    """The key, if it has been in that state for so long."""
    return models.SigningKey.objects.filter(kid=signing_key.kid, state=state, since__lte=Now() - age)


def _move(rows: QuerySet[models.SigningKey], state: records.KeyState, **columns: str | None) -> Sql:
    return update(rows, **{"state": state, "slot": None, "since": Now(), **columns})


def _slot(alg: str, state: records.KeyState) -> str | None:
    return f"{state}:{alg}" if state in SLOTS else None
