"""Authorization requests that wait for a person, in the region where they were begun."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from accounts.ground.dynamodb.items import EXPIRES, Item, Value, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Condition, Place
from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import UNBOUND, Client, Done, Interaction
from tokens.stores.dynamodb import published
from tokens.stores.dynamodb.clients import bare
from tokens.stores.dynamodb.journal import Journal, voids
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
        held = self._held(key, browser, now)
        return None if held is None or self._journal.revoked([journal.EVERYTHING], held.created) else held

    def with_client(self, key: Key, browser: Key, now: datetime) -> tuple[Interaction, Client] | None:
        """The journal is read together with the client."""
        held = self._held(key, browser, now)
        if held is None:
            return None
        place = published.place(held.parameters["client_id"])
        found = self._state.several([place, *self._journal.places([journal.EVERYTHING])])
        client = published.client_of(found.get(place))
        return None if client is None or voids(found, held.created) else (held, bare(client))

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

    def _held(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        """Whatever the journal says."""
        item = self._state.get(_place(key))
        if item is None or item[BROWSER] != browser or ANSWERED in item or number(item, EXPIRES) <= micros(now):
            return None
        return _interaction(item)


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
