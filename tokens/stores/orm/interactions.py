"""Authorization requests that wait for a person."""

from collections.abc import Collection
from datetime import datetime

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm import clients
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only
from tokens.stores.orm.statements import interactions


class Interactions:
    def add(self, interaction: records.Interaction) -> None:
        interactions.add(interaction).run()

    def get(self, key: Key, browser: Key, now: datetime) -> records.Interaction | None:
        row = only(interactions.get(key, browser, now)) if _can_be(key, browser) else None
        return _record_of(row) if row else None

    def with_client(self, key: Key, browser: Key, now: datetime) -> tuple[records.Interaction, records.Client] | None:
        rows = only(interactions.with_client(key, browser, now)) if _can_be(key, browser) else None
        return (_record_of(rows[0]), clients.record_of(rows[1])) if rows else None

    def bind(self, key: Key, browser: Key, steps: Collection[records.Done], now: datetime) -> bool:
        return _can_be(key, browser) and interactions.bind(key, browser, steps, now).run() == 1

    def record_step(self, key: Key, browser: Key, step: records.Done, now: datetime) -> bool:
        line = interactions.as_line(step)
        return _can_be(key, browser) and interactions.record_step(key, browser, line, now).run() == 1

    def consume(self, key: Key, browser: Key, now: datetime) -> bool:
        return _can_be(key, browser) and interactions.consume(key, browser, now).run() == 1


def _can_be(key: Key, browser: Key) -> bool:
    return storable(key, models.KEY) and storable(browser, models.KEY)


def _record_of(row: models.Interaction) -> records.Interaction:
    return records.Interaction(
        key=Key(row.key),
        browser=Key(row.browser),
        parameters=row.parameters,
        created=row.created,
        expires=row.expires,
        steps=frozenset(records.Done.from_text(line) for line in row.steps.splitlines()),
    )
