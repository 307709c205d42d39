"""The outbox of logout notices, on items that are read consistently: nobody waits for an index."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from accounts.ground.dynamodb.items import Item, digest, micros
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from accounts.ground.dynamodb.unit import Place, new_nonce
from tokens.protocol import journal
from tokens.protocol.records import Client, LogoutDelivery
from tokens.stores.dynamodb import notices, owed, participants, published
from tokens.stores.dynamodb.journal import Journal, entries_of, voiding
from tokens.stores.dynamodb.notices import ATTEMPTS, DELIVERED_AT, LONGEST_OUTCOME, OUTCOME, WAITS, Notice, Notices
from tokens.stores.dynamodb.owed import Owed
from tokens.stores.dynamodb.participants import Participant
from tokens.stores.dynamodb.rechecks import Recheck, Rechecks
from tokens.stores.dynamodb.records import ending
from tokens.stores.dynamodb.transactions import Put, together

TOKEN = 16
"""Letters that tell the notices of one act apart, and acts of one instant."""

Made = Mapping[Place, Item]


class Outbox:
    def __init__(self, state: State, journal: Journal) -> None:
        self._state, self._journal = state, journal
        self._notices, self._rechecks = Notices(state), Rechecks(state)
        self._owed = Owed(state, self._notices)

    def queue_session(self, sid: str, subject: str, recheck_after: timedelta) -> None:
        if self._state.is_first(("session", sid)):
            given, now = participants.of_session(self._state, sid), self._state.clock()
            told = self._told(given, lambda _: [journal.subject(subject)])
            queued = {(each.client_id, subject, sid) for each, _ in told}
            self._queue(queued, now, self._rechecks.made(sid, subject, now, now + recheck_after, given))

    def queue_subject(self, subject: str, recheck_after: timedelta) -> None:
        self.queue_subject_until(subject, self._state.clock() + self._state.margin(), recheck_after)

    def queue_subject_until(self, subject: str, until: datetime, recheck_after: timedelta) -> None:
        """As `queue_subject`, of sign-ins up to that instant: whoever says it late ends none from after it."""
        if self._state.is_first(("subject", subject)):
            given, now = participants.of_subject(self._state, subject), self._state.clock()
            given = [each for each in given if each.root_at <= micros(until)]
            queued = {_of_all(*each) for each in self._told(given, Participant.keys)}
            self._queue(queued, now, self._rechecks.made(None, subject, until, now + recheck_after, given))

    def queue_late(self, limit: int) -> int:
        self._state.refuse_units()
        now = self._state.clock()
        looked_at = 0
        for recheck in islice((each for each in self._rechecks.due(now) if self._rechecks.take(each, now)), limit):
            self._look_again(recheck)
            looked_at += 1
        return looked_at

    def clients_owed(self, limit: int) -> list[str]:
        return self._owed.clients(self._state.clock())[:limit]

    def claim(self, client_id: str, lease: timedelta, since: datetime | None = None) -> LogoutDelivery | None:
        self._state.refuse_units()
        now = self._state.clock()
        for held in self._notices.due(client_id, since, now):
            if self._notices.move(held, now + lease, {ATTEMPTS: held.attempts + 1}):
                return replace(held, attempts=held.attempts + 1)
        return None

    def close(self, delivery: LogoutDelivery, outcome: str, expires: datetime, delivered: bool) -> bool:
        self._state.refuse_units()
        at = {DELIVERED_AT: micros(self._state.clock())} if delivered else {}
        return self._notices.mark(delivery, None, {OUTCOME: outcome[:LONGEST_OUTCOME], **ending(expires), **at})

    def postpone(self, delivery: LogoutDelivery, outcome: str, pause: timedelta) -> bool:
        self._state.refuse_units()
        return self._notices.mark(delivery, self._state.clock() + pause, {OUTCOME: outcome[:LONGEST_OUTCOME]})

    def reopen(self, delivery_id: str) -> bool:
        self._state.refuse_units()
        held, now = self._notices.get(delivery_id), self._state.clock()
        if held is None or held.due is not None or held.delivered_at is not None:
            return False
        return self._notices.move(held, now, ending(now + WAITS), Put(*owed.entry(held.client_id, now)))

    def of_client(self, client_id: str, limit: int, after: str = "") -> list[LogoutDelivery]:
        return self._notices.of_client(client_id, limit, after)

    def of_id(self, delivery_id: str) -> LogoutDelivery | None:
        return self._notices.get(delivery_id)

    def _told(
        self, given: Collection[Participant], keys: Callable[[Participant], Iterable[str]]
    ) -> Iterator[tuple[Participant, Client]]:
        """Those whose sign-in none of these keys voids, with their clients, where these want notices. All of it is read
        at once."""
        clients = {published.place(each.client_id) for each in given}
        entries = self._journal.places({key for each in given for key in keys(each)})
        found = self._state.several([*clients, *entries])
        until = entries_of(found)
        for each in given:
            client = published.client_of(found.get(published.place(each.client_id)))
            is_void = bool(voiding(until, keys(each), each.root_at))
            if client is not None and client.backchannel_logout_uri and not is_void:
                yield each, client

    def _queue(self, queued: Collection[Notice], now: datetime, recheck: Made) -> None:
        made = _in_order(queued, now, now, new_nonce())
        told = {place: item for each in made for place, item in each.items()}
        self._state.add_all({**recheck, **self._owed.missing(_clients(queued), now), **told})

    def _look_again(self, recheck: Recheck) -> None:
        """Whoever takes it after a crash makes the same notices, and finds those that are there."""
        if recheck.sid is None:
            given = participants.of_subject(self._state, recheck.subject)
        else:
            given = participants.of_session(self._state, recheck.sid)
        told = self._told([each for each in given if recheck.is_late(each)], lambda _: ())
        if recheck.sid is None:
            queued = {_of_all(*each) for each in told}
        else:
            queued = {(each.client_id, recheck.subject, recheck.sid) for each, _ in told}
        now = self._state.clock()
        self._state.add_all(self._owed.missing(_clients(queued), now))
        for each in _in_order(queued, recheck.due, now, recheck.token):
            together(self._state, *(Put(place, item, [(PK, "absent", None)]) for place, item in each.items()))
        self._rechecks.done(recheck)


def _of_all(participant: Participant, client: Client) -> Notice:
    """One notice a client, or one a session where it requires that."""
    by_session = client.backchannel_logout_session_required
    return participant.client_id, participant.subject, participant.sid if by_session else None


def _clients(queued: Collection[Notice]) -> set[str]:
    return {client_id for client_id, _, _ in queued}


def _in_order(queued: Collection[Notice], at: datetime, now: datetime, act: str) -> Iterator[Made]:
    """The notices of one act and their leads, no two due at one instant. The same `at` and `act` make the same ones."""
    for following, notice in zip(range(len(queued) - 1, -1, -1), sorted(queued, key=str), strict=True):
        token = digest(f"{act}:{notice[2]}:{notice[0]}")[:TOKEN]
        yield notices.made(notice, at, now - timedelta(microseconds=following), token)
