"""Authorization requests that wait for a person."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import GreaterThan

from accounts.ground.sql import answers
from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql, delete, update
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import records
from tokens.protocol.journal import EVERYTHING
from tokens.stores.orm.statements.columns import columns


@statement("interactions.add")
def add(interaction: records.Interaction) -> Sql:
    row = models.Interaction(
        key=interaction.key,
        browser=interaction.browser,
        client_id=interaction.parameters["client_id"],
        parameters=dict(interaction.parameters),
        steps=_as_column(interaction.steps),
        created=interaction.created,
        expires=interaction.expires,
    )
    return insert(row)


@statement("interactions.get", once=True)
def get(key: str, browser: str, now: datetime) -> QuerySet[models.Interaction]:
    void = models.Revocation.objects.filter(key=EVERYTHING, until__gte=OuterRef("created"))
    waiting = models.Interaction.objects.filter(key=key, browser=browser, expires__gt=now)
    return waiting.filter(~Exists(void))


@statement("interactions.with_client", once=True)
def with_client(key: str, browser: str, now: datetime) -> Sql:
    """The columns of the interaction, then those of the client."""
    both = (("held", models.Interaction), ("client", models.Client))
    wanted = ", ".join(f"{name}.{column}" for name, model in both for column in columns(model))
    text = f"""
        SELECT {wanted} FROM tokens_interaction held
        JOIN tokens_client client ON client.client_id = held.client_id
        WHERE held.key = %s AND held.browser = %s AND held.expires > %s AND NOT EXISTS (
            SELECT 1 FROM tokens_revocation entry
            WHERE entry.key = '{EVERYTHING}' AND entry.until >= held.created
        )
    """  # noqa: S608 names of ours
    instant = connection.ops.adapt_datetimefield_value(now)
    return Sql(text, [key, browser, instant], answers.of(models.Interaction, models.Client))


@statement("interactions.bind")
def bind(key: str, browser: str, steps: Collection[records.Done], now: datetime) -> Sql:
    return update(get.build(key, records.UNBOUND, now), browser=browser, steps=_as_column(steps))


@statement("interactions.record_step", once=True)
def record_step(key: str, browser: str, line: str, now: datetime) -> Sql:
    """`line`: of a step (`as_line`)."""
    added = Value(line, output_field=TextField())
    # Only what is new: a person may send a form again and again.
    recorded = When(GreaterThan(StrIndex("steps", added), 0), then=F("steps"))
    return update(get.build(key, browser, now), steps=Case(recorded, default=Concat(F("steps"), added)))


@statement("interactions.consume", once=True)
def consume(key: str, browser: str, now: datetime) -> Sql:
    """Nobody is told of one that was answered anything else than of one that never was: it leaves no mark."""
    return delete(get.build(key, browser, now))


def _as_column(steps: Collection[records.Done]) -> str:
    return "".join(sorted(map(as_line, steps)))


def as_line(step: records.Done) -> str:
    """A step as the column `steps` holds it. No line is found within another."""
    return f"{step.as_text()}\n"
