"""Codes that are mailed to people."""

from datetime import datetime

from django.db.models import F, QuerySet

from accounts.ground.dialects import can_return
from accounts.ground.sql.inserting import upsert
from accounts.ground.sql.sql import Sql, update
from accounts.ground.sql.statement import statement
from accounts.models import MailedCode
from accounts.stores.base.codes import MOST_ATTEMPTS, Code


@statement("codes.put")
def put(holder: str, code: Code) -> Sql:
    row = MailedCode(holder=holder, digest=code.digest, bound=code.bound, expires=code.expires)
    return upsert(row, ["holder"], ["digest", "bound", "attempts", "spent", "expires"])


@statement("codes.attempt.returning", needs=can_return, once=True)
def attempt_returning(holder: str, now: datetime) -> Sql:
    """The digest of the code, and what it is bound to."""
    counted = update(_alive(holder, now), attempts=F("attempts") + 1)
    return Sql(f"{counted.text} RETURNING digest, bound", counted.values)


@statement("codes.held", once=True)
def held(holder: str) -> "QuerySet[MailedCode, tuple[str, str]]":
    """For databases whose UPDATE does not answer: what `attempt` counts at."""
    return MailedCode.objects.filter(holder=holder).values_list("digest", "bound")


@statement("codes.attempt", once=True)
def attempt(holder: str, held: str, now: datetime) -> Sql:
    return update(_alive(holder, now).filter(digest=held), attempts=F("attempts") + 1)


@statement("codes.spend", once=True)
def spend(holder: str, digest: str, now: datetime) -> Sql:
    """However many attempts there were: this one is counted among them."""
    good = MailedCode.objects.filter(holder=holder, digest=digest, spent=False, expires__gt=now)
    return update(good, spent=True)


def _alive(holder: str, now: datetime) -> "QuerySet[MailedCode]":
    return MailedCode.objects.filter(holder=holder, spent=False, attempts__lt=MOST_ATTEMPTS, expires__gt=now)
