"""Authorization requests that wait for a person, in the region where they were begun."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from accounts.ground.dynamodb.items import EXPIRES, Item, Value, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Condition, Place
from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import UNBOUND, Done, Interaction
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.records import item_of, record_of

BROWSER, STEPS, ANSWERED = "browser", "steps", "answered"


class Interactions:
    def __init__(self, state: State, journal: Journal) -> None:
        self._state, self._journal = state, journal

    def add(self, interaction: Interaction) -> None:
        item = item_of(
            replace(interaction, steps=()),  # type: ignore[arg-type]  # they are an attribute of their own
            ends=interaction.expires,
            browser=interaction.browser,
            steps=_texts(interaction.steps),
        )
        self._state.add(_place(interaction.key), item)

    def get(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        item = self._state.get(_place(key))
        if item is None or item[BROWSER] != browser or ANSWERED in item or number(item, EXPIRES) <= micros(now):
            return None
        held = _interaction(item)
        return None if self._journal.revoked([journal.EVERYTHING], held.created) else held

    def bind(self, key: Key, browser: Key, steps: Collection[Done], now: datetime) -> bool:
        texts = _texts(steps)
        sets: dict[str, Value] = {BROWSER: browser, **({STEPS: texts} if texts is not None else {})}
        return self.get(key, UNBOUND, now) is not None and self._state.decide(_place(key), _waits(UNBOUND, now), sets)

    def record_step(self, key: Key, browser: Key, step: Done, now: datetime) -> bool:
        if self.get(key, browser, now) is None:
            return False
        return self._state.decide(_place(key), _waits(browser, now), adds={STEPS: frozenset([step.as_text()])})

    def consume(self, key: Key, browser: Key, now: datetime) -> bool:
        if self.get(key, browser, now) is None:
            return False
        return self._state.decide(_place(key), _waits(browser, now), {ANSWERED: True})


def _waits(browser: Key, now: datetime) -> list[Condition]:
    return [(BROWSER, "=", browser), (ANSWERED, "absent", None), (EXPIRES, ">", micros(now))]


def _interaction(item: Item) -> Interaction:
    steps = item.get(STEPS, frozenset())
    assert isinstance(steps, frozenset)  # noqa: S101 as we write it
    held = record_of(Interaction, item)
    return replace(held, browser=Key(str(item[BROWSER])), steps=frozenset(map(Done.from_text, steps)))


def _texts(steps: Collection[Done]) -> frozenset[str] | None:
    """None where there are none: a set of strings is never empty here."""
    return frozenset(step.as_text() for step in steps) or None


def _place(key: Key) -> Place:
    return "one_time", f"interaction:{key}", ""
