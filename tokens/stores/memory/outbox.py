"""The outbox of logout notices. It reads the authorizations and clients of the same store."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tokens.protocol import journal
from tokens.protocol.records import Authorization, LogoutDelivery
from tokens.stores.base.outbox import IN_FLIGHT
from tokens.stores.memory.state import State

Notice = tuple[str, str, str | None]
"""A client, a person and a session of theirs, or all."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """`sid` is None where all sessions of the subject ended."""

    sid: str | None
    subject: str
    ended_at: datetime
    due: datetime


class Outbox:
    def __init__(self, state: State) -> None:
        self._state = state
        self._rechecks: list[Recheck] = []
        self._last = 0

    def queue_session(self, sid: str, subject: str, again: float) -> None:
        with self._state.lock:
            given = [one for one in self._given() if one.sid == sid]
            alive = [one for one in given if not self._state.void([journal.subject(subject)], one.root_at)]
            self._queue({(one.client_id, subject, sid) for one in alive})
            self._recheck(sid, subject, again)

    def queue_subject(self, subject: str, again: float) -> None:
        with self._state.lock:
            given = [one for one in self._given() if one.subject == subject]
            alive = [one for one in given if not self._state.void(_keys_of_sign_in(one), one.root_at)]
            self._queue({self._of_all(one) for one in alive})
            self._recheck(None, subject, again)

    def queue_late(self, limit: int) -> int:
        with self._state.lock:
            due = sorted((one for one in self._rechecks if one.due <= self._state.clock()), key=lambda one: one.due)[
                :limit
            ]
            self._queue({notice for one in due for notice in self._late(one)})
            self._rechecks = [one for one in self._rechecks if one not in due]
            return len(due)

    def clients_owed(self, limit: int) -> list[str]:
        with self._state.lock:
            return list(dict.fromkeys(one.client_id for one in self._due()))[:limit]

    def claim(self, client_id: str, lease: float) -> LogoutDelivery | None:
        with self._state.lock:
            found = next((one for one in self._due() if one.client_id == client_id), None)
            if found is not None:
                due = self._state.clock() + timedelta(seconds=lease)
                found = self._state.deliveries[found.id] = replace(found, due=due, attempts=found.attempts + 1)
            return found

    def close(self, delivery: LogoutDelivery, outcome: str, expires: datetime, delivered: bool) -> bool:
        with self._state.lock:
            held, at = self._claimed(delivery), self._state.clock() if delivered else None
            if held is not None:
                self._state.deliveries[held.id] = replace(
                    held, due=None, delivered_at=at, outcome=outcome, expires=expires
                )
            return held is not None

    def postpone(self, delivery: LogoutDelivery, outcome: str, pause: float) -> bool:
        with self._state.lock:
            held, due = self._claimed(delivery), self._state.clock() + timedelta(seconds=pause)
            if held is not None:
                self._state.deliveries[held.id] = replace(held, due=due, outcome=outcome)
            return held is not None

    def reopen(self, delivery_id: int) -> bool:
        with self._state.lock:
            held = self._state.deliveries.get(delivery_id)
            if held is None or held.due is not None or held.delivered_at is not None:
                return False
            self._state.deliveries[delivery_id] = replace(held, due=self._state.clock(), expires=None)
            return True

    def _given(self) -> Iterator[Authorization]:
        """What was given to clients that want notices."""
        for one in self._state.authorizations.values():
            client = self._state.clients.get(one.client_id)
            if client is not None and client.backchannel_logout_uri:
                yield one

    def _of_all(self, one: Authorization) -> Notice:
        by_session = self._state.clients[one.client_id].backchannel_logout_session_required
        return one.client_id, one.subject, one.sid if by_session else None

    def _late(self, recheck: Recheck) -> Iterator[Notice]:
        since = recheck.ended_at - IN_FLIGHT
        for one in (one for one in self._given() if self._state.authorizations.added[one.id] >= since):
            if recheck.sid is not None and one.sid == recheck.sid:
                yield one.client_id, recheck.subject, recheck.sid
            if recheck.sid is None and one.subject == recheck.subject and one.root_at <= recheck.ended_at:
                yield self._of_all(one)

    def _queue(self, notices: Collection[Notice]) -> None:
        now = self._state.clock()
        for client_id, subject, sid in sorted(notices, key=str):
            self._last += 1
            self._state.deliveries[self._last] = LogoutDelivery(
                id=self._last, client_id=client_id, subject=subject, sid=sid, created=now, attempts=0, due=now
            )

    def _recheck(self, sid: str | None, subject: str, again: float) -> None:
        now = self._state.clock()
        self._rechecks.append(Recheck(sid, subject, now, now + timedelta(seconds=again)))

    def _due(self) -> list[LogoutDelivery]:
        """Who has waited longest first."""
        now = self._state.clock()
        due = [
            (one.due, one.id, one) for one in self._state.deliveries.values() if one.due is not None and one.due <= now
        ]
        return [one for _, _, one in sorted(due, key=lambda each: each[:2])]

    def _claimed(self, delivery: LogoutDelivery) -> LogoutDelivery | None:
        held = self._state.deliveries.get(delivery.id)
        return held if held is not None and held.due is not None and held.attempts == delivery.attempts else None


def _keys_of_sign_in(one: Authorization) -> list[str]:
    return [journal.subject(one.subject), *([journal.session(one.sid)] if one.sid is not None else [])]
