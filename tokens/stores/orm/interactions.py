"""Authorization requests that wait for a person."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import GreaterThan

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable


class Interactions:
    def add(self, interaction: records.Interaction) -> None:
        models.Interaction.objects.create(
            key=interaction.key,
            browser=interaction.browser,
            parameters=dict(interaction.parameters),
            steps=_as_column(interaction.steps),
            created=interaction.created,
            expires=interaction.expires,
        )

    def get(self, key: Key, browser: Key, now: datetime) -> records.Interaction | None:
        row = _waiting(key, browser, now).first()
        return _interaction(row) if row else None

    def bind(self, key: Key, browser: Key, steps: Collection[records.Done], now: datetime) -> bool:
        if not storable(browser, models.KEY):
            return False
        return _waiting(key, records.UNBOUND, now).update(browser=browser, steps=_as_column(steps)) == 1

    def record_step(self, key: Key, browser: Key, step: records.Done, now: datetime) -> bool:
        added = Value(_as_line(step), output_field=TextField())
        # Only what is new: a person may send a form again and again.
        known = When(GreaterThan(StrIndex("steps", added), 0), then=F("steps"))
        steps = Case(known, default=Concat(F("steps"), added))
        return _waiting(key, browser, now).update(steps=steps) == 1

    def consume(self, key: Key, browser: Key, now: datetime) -> bool:
        return _waiting(key, browser, now).update(spent_at=now) == 1


def _waiting(key: Key, browser: Key, now: datetime) -> QuerySet[models.Interaction]:
    if not storable(key, models.KEY) or not storable(browser, models.KEY):
        return models.Interaction.objects.none()
    return models.Interaction.objects.filter(key=key, browser=browser, spent_at=None, expires__gt=now)


def _as_column(steps: Collection[records.Done]) -> str:
    return "".join(sorted(map(_as_line, steps)))


def _as_line(step: records.Done) -> str:
    """A step as the column `steps` holds it. No line is found within another."""
    return f"{step.as_text()}\n"


def _interaction(row: models.Interaction) -> records.Interaction:
    return records.Interaction(
        key=Key(row.key),
        browser=Key(row.browser),
        parameters=row.parameters,
        created=row.created,
        expires=row.expires,
        steps=frozenset(records.Done.from_text(line) for line in row.steps.splitlines()),
    )
