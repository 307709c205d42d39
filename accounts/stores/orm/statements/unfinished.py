"""Sign-ins that are not finished."""

from datetime import datetime

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Concat, Length, Replace, StrIndex
from django.db.models.lookups import GreaterThan, LessThan

from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql, delete, update
from accounts.ground.sql.statement import statement
from accounts.models import UnfinishedSignIn
from accounts.stores.base import unfinished as records
from accounts.stores.base.unfinished import MOST_PROOFS, Proof


@statement("unfinished.add")
def add(sign_in: records.UnfinishedSignIn) -> Sql:
    row = UnfinishedSignIn(
        key=sign_in.key,
        browser=sign_in.browser,
        identifier=sign_in.identifier,
        following=sign_in.following,
        remembered=sign_in.remembered,
        created=sign_in.created,
        expires=sign_in.expires,
    )
    return insert(row)


@statement("unfinished.get", once=True)
def get(key: str, browser: str, now: datetime) -> QuerySet[UnfinishedSignIn]:
    return UnfinishedSignIn.objects.filter(key=key, browser=browser, expires__gt=now)


@statement("unfinished.prove")
def prove(key: str, browser: str, line: str, subject: str, epoch: int, now: datetime) -> Sql:
    """`line`: of a proof (`as_line`)."""
    of_one_person = get.build(key, browser, now).filter(Q(subject="") | Q(subject=subject, epoch=epoch))
    without = Replace("proofs", Value("\n"), Value(""))
    # Of what is empty Oracle makes NULL, which has no length.
    lines = Coalesce(Length("proofs"), 0) - Coalesce(Length(without), 0)
    with_room = of_one_person.filter(LessThan(lines, MOST_PROOFS))
    added = Value(line, output_field=TextField())
    # Only what is new: a person may send a form again and again.
    there = When(GreaterThan(StrIndex("proofs", added), 0), then=F("proofs"))
    proofs = Case(there, default=Concat(F("proofs"), added))
    return update(with_room, subject=subject, epoch=epoch, proofs=proofs)


@statement("unfinished.finish", once=True)
def finish(key: str, browser: str, now: datetime) -> Sql:
    return delete(get.build(key, browser, now))


def as_line(proof: Proof) -> str:
    """A proof as the column holds it. No line is found within another: each begins after another's end."""
    return f"{proof.as_text()}\n"
