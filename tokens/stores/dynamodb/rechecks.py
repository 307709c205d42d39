"""Ended sessions that are looked at once more: who was given anything while they ended has to be told too."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from accounts.ground.dynamodb.items import Item, instant, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK, SK
from accounts.ground.dynamodb.unit import Condition, Place, new_nonce
from tokens.conf import CLOCK_MARGIN
from tokens.stores.base.outbox import IN_FLIGHT
from tokens.stores.dynamodb.notices import TABLE, WAITS, after, stamp
from tokens.stores.dynamodb.participants import Participant
from tokens.stores.dynamodb.ranges import between
from tokens.stores.dynamodb.records import ending

SHARDS = 8
"""Keys that share them: who ends sessions writes to one each."""
LEASE = timedelta(minutes=1)
"""After how long one that was taken is due again: who took it died."""
LOOK_BACK = IN_FLIGHT + 2 * CLOCK_MARGIN
"""What was added so long before an end, by any node's clock, was there for all to see at it."""
SEEN, UNTIL = "seen", "until"
MOST_SEEN = 100
"""An item has 400 KB at the most. Whoever is beyond it may be told twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """`sid`: None where all sessions of the subject ended. `seen`: ids of authorizations that were judged at the end,
    the last MOST_SEEN.
    `until`: who took it has it for so long, in microseconds since 1970; None: nobody did."""

    place: Place
    sid: str | None
    subject: str
    ended_at: datetime
    due: datetime
    seen: frozenset[str]
    until: int | None

    @property
    def token(self) -> str:
        """No other one's."""
        return self.place[2].partition("#")[2]

    def is_late(self, participant: Participant) -> bool:
        """Whether it was added while the session ended, or after that. Of a person only by sign-ins from before:
        afterwards they may have signed in again."""
        if participant.authorization_id in self.seen or participant.added < micros(self.ended_at - LOOK_BACK):
            return False
        return self.sid is not None or participant.root_at <= micros(self.ended_at)


class Rechecks:
    def __init__(self, state: State) -> None:
        self._state = state

    def made(
        self, sid: str | None, subject: str, ended_at: datetime, due: datetime, given: Collection[Participant]
    ) -> Mapping[Place, Item]:
        """`given`: who took part, as was judged at the end."""
        recent = [each for each in given if each.added >= micros(ended_at - LOOK_BACK)]
        last = sorted(recent, key=lambda each: each.added)[-MOST_SEEN:]
        item: Item = {
            "subject": subject,
            "ended_at": micros(ended_at),
            "due": micros(due),
            **ending(due + WAITS),
            **({"sid": sid} if sid is not None else {}),
            **({SEEN: frozenset(each.authorization_id for each in last)} if last else {}),
        }
        token = new_nonce()
        return {(TABLE, self._shard(int(token, 16) % SHARDS), f"{stamp(due)}#{token}"): item}

    def due(self, now: datetime) -> Iterator[Recheck]:
        """Those that nobody has, who has waited longest first."""
        shards = (between(self._state, TABLE, self._shard(each), "0", after(now)) for each in range(SHARDS))
        for recheck in map(_recheck, merge(*shards, key=lambda item: str(item[SK]))):
            if recheck.until is None or recheck.until <= micros(now):
                yield recheck

    def take(self, recheck: Recheck, now: datetime) -> bool:
        """Whether nobody else did."""
        free: Condition = (UNTIL, "absent", None) if recheck.until is None else (UNTIL, "=", recheck.until)
        return self._state.decide(recheck.place, [(PK, "there", None), free], {UNTIL: micros(now + LEASE)})

    def done(self, recheck: Recheck) -> None:
        self._state.forget(recheck.place, [(PK, "there", None)])

    def _shard(self, number: int) -> str:
        return f"recheck:{self._state.region}:{number}"


def _recheck(item: Item) -> Recheck:
    sid, seen = item.get("sid"), item.get(SEEN)
    return Recheck(
        place=(TABLE, str(item[PK]), str(item[SK])),
        sid=str(sid) if sid is not None else None,
        subject=str(item["subject"]),
        ended_at=instant(number(item, "ended_at")),
        due=instant(number(item, "due")),
        seen=seen if isinstance(seen, frozenset) else frozenset(),
        until=number(item, UNTIL) if UNTIL in item else None,
    )
