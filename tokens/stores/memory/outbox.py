"""The outbox of logout notices. It reads the authorizations and the clients of the same store."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from operator import attrgetter, itemgetter

from tokens.protocol import journal
from tokens.protocol.records import Authorization, LogoutDelivery
from tokens.stores.base.outbox import IN_FLIGHT
from tokens.stores.memory.state import Recheck, State

Notice = tuple[str, str, str | None]
"""A client, a person and a session of theirs, or all."""


class Outbox:
    def __init__(self, state: State) -> None:
        self._state = state
        self._numbers = count(1)

    def queue_session(self, sid: str, subject: str, recheck_after: timedelta) -> None:
        with self._state.lock:
            self._state.write_once(("session", sid), lambda: self._queue_session(sid, subject, recheck_after))

    def queue_subject(self, subject: str, recheck_after: timedelta) -> None:
        with self._state.lock:
            self._state.write_once(("subject", subject), lambda: self._queue_subject(subject, recheck_after))

    def queue_late(self, limit: int) -> int:
        with self._state.at_once():
            now = self._state.clock()
            due = sorted((each for each in self._state.rechecks if each.due <= now), key=attrgetter("due"))[:limit]
            self._queue({notice for each in due for notice in self._late(each)})
            self._state.rechecks = [each for each in self._state.rechecks if each not in due]
            return len(due)

    def clients_owed(self, limit: int) -> list[str]:
        with self._state.lock:
            return list(dict.fromkeys(each.client_id for each in self._due()))[:limit]

    def claim(self, client_id: str, lease: timedelta, since: datetime | None = None) -> LogoutDelivery | None:
        with self._state.at_once():
            theirs = [each for each in self._due() if each.client_id == client_id]
            held = next((each for each in theirs if since is None or (each.due and each.due >= since)), None)
            if held is None:
                return None
            claimed = replace(held, due=self._state.clock() + lease, attempts=held.attempts + 1)
            self._state.deliveries[held.id] = claimed
            return replace(claimed, due=held.due)

    def close(self, delivery: LogoutDelivery, outcome: str, expires: datetime, delivered: bool) -> bool:
        with self._state.at_once():
            held, at = self._claimed(delivery), self._state.clock() if delivered else None
            if held is not None:
                closed = replace(held, due=None, delivered_at=at, outcome=outcome, expires=expires)
                self._state.deliveries[held.id] = closed
            return held is not None

    def postpone(self, delivery: LogoutDelivery, outcome: str, pause: timedelta) -> bool:
        with self._state.at_once():
            held, due = self._claimed(delivery), self._state.clock() + pause
            if held is not None:
                self._state.deliveries[held.id] = replace(held, due=due, outcome=outcome)
            return held is not None

    def reopen(self, delivery_id: str) -> bool:
        with self._state.at_once():
            held = self._state.deliveries.get(delivery_id)
            if held is None or held.due is not None or held.delivered_at is not None:
                return False
            self._state.deliveries[delivery_id] = replace(held, due=self._state.clock(), expires=None)
            return True

    def of_client(self, client_id: str, limit: int, after: str = "") -> list[LogoutDelivery]:
        with self._state.lock:
            theirs = (each for each in self._state.deliveries.values() if each.client_id == client_id)
            older = [each for each in theirs if not after or _place(each.id) < _place(after)]
            return sorted(older, key=lambda each: _place(each.id), reverse=True)[:limit]

    def of_id(self, delivery_id: str) -> LogoutDelivery | None:
        with self._state.lock:
            return self._state.deliveries.get(delivery_id)

    def _queue_session(self, sid: str, subject: str, recheck_after: timedelta) -> None:
        authorizations = [each for each in self._given() if each.sid == sid]
        alive = [each for each in authorizations if not self._state.void([journal.subject(subject)], each.root_at)]
        self._queue({(each.client_id, subject, sid) for each in alive})
        self._recheck(sid, subject, recheck_after)

    def _queue_subject(self, subject: str, recheck_after: timedelta) -> None:
        authorizations = [each for each in self._given() if each.subject == subject]
        alive = [each for each in authorizations if not self._state.void(_keys_of_sign_in(each), each.root_at)]
        self._queue({self._of_all(each) for each in alive})
        self._recheck(None, subject, recheck_after)

    def _given(self) -> Iterator[Authorization]:
        """What was given to clients that want notices."""
        for each in self._state.authorizations.values():
            client = self._state.clients.get(each.client_id)
            if client is not None and client.backchannel_logout_uri:
                yield each

    def _of_all(self, authorization: Authorization) -> Notice:
        by_session = self._state.clients[authorization.client_id].backchannel_logout_session_required
        return authorization.client_id, authorization.subject, authorization.sid if by_session else None

    def _late(self, recheck: Recheck) -> Iterator[Notice]:
        since = recheck.ended_at - IN_FLIGHT
        for each in (each for each in self._given() if self._state.authorizations.added[each.id] >= since):
            if recheck.sid is not None and each.sid == recheck.sid:
                yield each.client_id, recheck.subject, recheck.sid
            if recheck.sid is None and each.subject == recheck.subject and each.root_at <= recheck.ended_at:
                yield self._of_all(each)

    def _queue(self, notices: Collection[Notice]) -> None:
        now = self._state.clock()
        for following, (client_id, subject, sid) in zip(
            range(len(notices) - 1, -1, -1), sorted(notices, key=str), strict=True
        ):
            number, due = str(next(self._numbers)), now - timedelta(microseconds=following)
            self._state.deliveries[number] = LogoutDelivery(
                id=number, client_id=client_id, subject=subject, sid=sid, created=now, attempts=0, due=due
            )

    def _recheck(self, sid: str | None, subject: str, recheck_after: timedelta) -> None:
        now = self._state.clock()
        self._state.rechecks.append(Recheck(sid, subject, now, now + recheck_after))

    def _due(self) -> list[LogoutDelivery]:
        """Who has waited longest first; of those that were queued at the same time, in that order."""
        now = self._state.clock()
        due = [(each.due, each) for each in self._state.deliveries.values() if each.due is not None and each.due <= now]
        return [each for _, each in sorted(due, key=itemgetter(0))]

    def _claimed(self, delivery: LogoutDelivery) -> LogoutDelivery | None:
        held = self._state.deliveries.get(delivery.id)
        return held if held is not None and held.due is not None and held.attempts == delivery.attempts else None


def _place(delivery_id: str) -> tuple[int, str]:
    """Ids are numbers: the order in which they were given."""
    return len(delivery_id), delivery_id


def _keys_of_sign_in(authorization: Authorization) -> list[str]:
    return [
        journal.subject(authorization.subject),
        *([journal.session(authorization.sid)] if authorization.sid is not None else []),
    ]
