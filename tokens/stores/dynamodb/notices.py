"""A logout notice, and the lead by which a client's next one is found.

A notice is an item of its client's, in the order of when it was made. A lead is one in the order of when its notice is
due: where that moves, both are written in one transaction. What a unit writes comes in batches instead, in any order
and perhaps once more: so a lead is followed to what its notice says, and put right where it misleads.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from accounts.ground.dynamodb.items import EXPIRES, Item, Value, instant, micros, number
from accounts.ground.dynamodb.service import RETRY_AFTER
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK, SK
from accounts.ground.dynamodb.unit import Condition, Place
from accounts.ground.unavailable import Unavailable
from tokens.conf import JOURNAL_LIFETIME
from tokens.protocol.records import LogoutDelivery
from tokens.stores.dynamodb.ranges import between
from tokens.stores.dynamodb.records import ending, item_of, record_of
from tokens.stores.dynamodb.transactions import Delete, Put, Update, Write, together

TABLE = "outbox"
DUE, ATTEMPTS, OUTCOME, DELIVERED_AT = "due", "attempts", "outcome", "delivered_at"
LONGEST_OUTCOME = 255
"""Letters."""
WAITS = JOURNAL_LIFETIME
"""How long a notice is kept that nobody sends: longer than anything lives that hangs on the session."""
WRITTEN = timedelta(hours=1)
"""After how long a lead has no notice because whoever was to write both is dead."""
NEWEST = "~"
"""After every instant as it is sorted."""
TRIES = 8
"""Of a mark: what one loses is another mark of the same claim."""

IDS = re.compile(r"(?P<sk>\d{20}\.[\w-]{1,64}):(?P<client_id>.+)", re.ASCII | re.DOTALL)
"""The id of a notice says of which client it is, whatever the client's own is made of."""

Notice = tuple[str, str, str | None]
"""A client, a person and a session of theirs, or all."""


def stamp(at: datetime) -> str:
    """An instant as it is sorted."""
    return f"{micros(at):020}"


def made(notice: Notice, at: datetime, due: datetime, token: str) -> Mapping[Place, Item]:
    """A notice and its lead. The same `at` and `token` make the same one."""
    client_id, subject, sid = notice
    made = LogoutDelivery(
        id=f"{stamp(at)}.{token}:{client_id}",
        client_id=client_id,
        subject=subject,
        sid=sid,
        created=at,
        attempts=0,
        due=due,
    )
    item = item_of(made, ends=at + WAITS, due=micros(due), attempts=0)
    return {_place(made.id): {name: value for name, value in item.items() if value is not None}, **_lead(made, due)}


class Notices:
    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, delivery_id: str) -> LogoutDelivery | None:
        if not IDS.fullmatch(delivery_id):
            return None
        item = self._state.get(_place(delivery_id))
        return _delivery(item) if item is not None else None

    def of_client(self, client_id: str, limit: int, after: str) -> list[LogoutDelivery]:
        """The newest first, after the notice of that id."""
        last = after.partition(":")[0] or NEWEST
        older = between(self._state, TABLE, _notices(client_id), "0", last, page=limit + 1, descending=True)
        others = (held for held in map(_delivery, older) if held.id != after)
        return list(islice(others, limit))

    def next_due(self, client_id: str) -> str | None:
        """Where the client's first lead stands among others', due or not."""
        lead = next(between(self._state, TABLE, _leads(client_id), "0", "~", page=1), None)
        return str(lead[SK]) if lead is not None else None

    def due(self, client_id: str, since: datetime | None, now: datetime) -> Iterator[LogoutDelivery]:
        """Those of the client that are due, who has waited longest first; none before `since`."""
        first = stamp(since) if since is not None else "0"
        for lead in between(self._state, TABLE, _leads(client_id), first, after(now)):
            item = self._state.get((TABLE, _notices(client_id), str(lead[SK]).partition("#")[2]))
            held = _delivery(item) if item is not None else None
            if held is not None and held.due is not None and held.due <= now:
                yield held
            else:
                self._put_right(lead, held, now)

    def move(self, held: LogoutDelivery, due: datetime | None, sets: Mapping[str, Value], *others: Write) -> bool:
        """Writes when it is due, with its lead, and what else is set; whether it still was as it was held."""
        moved = {**sets, **({DUE: micros(due)} if due is not None else {})}
        removes = [DUE] if due is None else []
        waits: Condition = (DUE, "=", micros(held.due)) if held.due is not None else (DUE, "absent", None)
        as_held: list[Condition] = [(ATTEMPTS, "=", held.attempts), (DELIVERED_AT, "absent", None), waits]
        notice = Update(_place(held.id), as_held, moved, removes)
        before = _lead(held, held.due) if held.due is not None else {}
        following = _lead(held, due) if due is not None else {}
        gone = [Delete(place) for place in before.keys() - following.keys()]
        return together(self._state, notice, *gone, *(Put(*each) for each in following.items()), *others)

    def mark(self, claimed: LogoutDelivery, due: datetime | None, sets: Mapping[str, Value]) -> bool:
        """As `move`, whenever the notice is due now; whether the claim still holds."""
        for _ in range(TRIES):
            held = self.get(claimed.id)
            if held is None or held.due is None or held.attempts != claimed.attempts:
                return False
            if self.move(held, due, sets):
                return True
        raise Unavailable(RETRY_AFTER)

    def _put_right(self, lead: Item, held: LogoutDelivery | None, now: datetime) -> None:
        """A lead to where nothing is due: to a notice that is not written yet, is done, or was claimed meanwhile."""
        place = (TABLE, str(lead[PK]), str(lead[SK]))
        if held is None and str(lead[SK]) > stamp(now - WRITTEN):
            return
        if held is not None and held.due is not None:
            for place_of_it, item in _lead(held, held.due).items():
                self._state.add(place_of_it, item)
        self._state.forget(place, [(PK, "there", None)])


def _delivery(item: Item) -> LogoutDelivery:
    return replace(
        record_of(LogoutDelivery, item),
        attempts=number(item, ATTEMPTS),
        due=instant(number(item, DUE)) if DUE in item else None,
        delivered_at=instant(number(item, DELIVERED_AT)) if DELIVERED_AT in item else None,
        outcome=str(item.get(OUTCOME, "")),
        expires=None if DUE in item else instant(number(item, EXPIRES)),
    )


def after(now: datetime) -> str:
    """After all that is due by now."""
    return f"{stamp(now)}$"


def _place(delivery_id: str) -> Place:
    sk, _, client_id = delivery_id.partition(":")
    return TABLE, _notices(client_id), sk


def _lead(held: LogoutDelivery, due: datetime) -> Mapping[Place, Item]:
    sk = held.id.partition(":")[0]
    return {(TABLE, _leads(held.client_id), f"{stamp(due)}#{sk}"): ending(due + WAITS)}


def _notices(client_id: str) -> str:
    return f"client:{client_id}"


def _leads(client_id: str) -> str:
    return f"due:{client_id}"
