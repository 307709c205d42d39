"""What every store has to do about the logout notices that clients are owed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, FAR, GRACE, IMPOSSIBLE
from tokens.protocol import journal
from tokens.protocol.records import OFFLINE_ACCESS, Authorization, Client, LogoutDelivery
from tokens.stores.base import Store

LONG = 1000.0
# Some time before: SQLite tells no two instants of a millisecond apart.
AT_ONCE = -1.0
TOLD = "https://client.example/logout"
OTHER = "client-2"

AddClient = Callable[[Client], None]


def wanting(client_id: str = CLIENT, **changes: Any) -> Client:
    """A client that wants notices, of any session."""
    ordinary = {"client_id": client_id, "backchannel_logout_uri": TOLD, "backchannel_logout_session_required": False}
    return samples.client(**(ordinary | {"secrets": (), "resources": ()} | changes))


def owed(store: Store) -> list[tuple[str, str, str | None]]:
    """Claims all that is due, and says who is owed what."""
    found = []
    for client_id in store.clients_owed_logout(100):
        while (claimed := store.claim_logout(client_id, LONG)) is not None:
            found.append((claimed.client_id, claimed.subject, claimed.sid))
    return sorted(found, key=str)


def owe(store: Store, client_id: str = CLIENT) -> Authorization:
    """One notice more, to a client that is in the store already."""
    given = samples.authorization(client_id=client_id, expires=FAR, kept_until=None)
    store.add_authorization(given)
    store.queue_session_logout(str(given.sid), given.subject, LONG)
    return given


def claimed(store: Store, client_id: str = CLIENT, lease: float = LONG) -> LogoutDelivery:
    found = store.claim_logout(client_id, lease)
    assert found is not None
    return found


class OutboxSuite:
    # --- Who is owed a notice

    def test_every_client_that_was_given_tokens_in_a_session_and_wants_it_is_told_once(
        self, store: Store, add_client: AddClient
    ) -> None:
        for client in (wanting(), wanting(OTHER), wanting("silent", backchannel_logout_uri="")):
            add_client(client)
        given = samples.authorization()
        for one in (
            given,
            replace(given, id=samples.handle(), scope=("openid", OFFLINE_ACCESS)),
            replace(given, id=samples.handle(), client_id=OTHER),
            replace(given, id=samples.handle(), client_id="silent"),
            replace(given, id=samples.handle(), client_id="deleted"),
            # Another session, and another person.
            replace(given, id=samples.handle(), sid=samples.handle()),
            samples.authorization(),
        ):
            store.add_authorization(one)
        store.queue_session_logout(str(given.sid), given.subject, LONG)
        assert owed(store) == [(CLIENT, given.subject, given.sid), (OTHER, given.subject, given.sid)]
        assert store.queue_late_logouts(10) == 0

    def test_a_client_is_told_though_its_tokens_expired_or_were_revoked(
        self, store: Store, add_client: AddClient
    ) -> None:
        for client in (wanting(), wanting(OTHER)):
            add_client(client)
        given = samples.authorization(expires=datetime(2000, 1, 1, tzinfo=UTC), kept_until=END)
        revoked = replace(given, id=samples.handle(), client_id=OTHER)
        for one in (given, revoked):
            store.add_authorization(one)
        for key in (journal.authorization(revoked.id), journal.consent(str(revoked.consent_id))):
            store.revoke(key, FAR)
        store.queue_session_logout(str(given.sid), given.subject, LONG)
        assert owed(store) == [(CLIENT, given.subject, given.sid), (OTHER, given.subject, given.sid)]

    def test_all_of_a_person_is_one_notice_a_client_or_one_a_session(self, store: Store, add_client: AddClient) -> None:
        for client in (wanting(), wanting(OTHER, backchannel_logout_session_required=True)):
            add_client(client)
        person, first, second = samples.subject(), samples.handle(), samples.handle()
        for sid in (first, second, first):
            for client_id in (CLIENT, OTHER):
                store.add_authorization(samples.authorization(client_id=client_id, subject=person, sid=sid))
        store.add_authorization(samples.authorization())
        store.queue_subject_logout(person, LONG)
        per_session = sorted((OTHER, person, sid) for sid in (first, second))
        assert owed(store) == [(CLIENT, person, None), *per_session]

    def test_of_what_was_void_before_nobody_is_told_again(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        person = samples.subject()
        ended, living = (samples.authorization(subject=person) for _ in range(2))
        store.add_authorization(ended)
        store.revoke(journal.session(str(ended.sid)), FAR)
        store.queue_subject_logout(person, LONG)
        assert owed(store) == []
        store.add_authorization(living)
        store.queue_subject_logout(person, LONG)
        store.revoke_until_now(journal.subject(person), FAR)
        assert owed(store) == [(CLIENT, person, None)]
        store.queue_session_logout(str(living.sid), person, LONG)
        store.queue_subject_logout(person, LONG)
        assert owed(store) == []
        anew = samples.authorization(subject=person, root_at=datetime.now(UTC) + timedelta(minutes=1))
        store.add_authorization(anew)
        store.queue_session_logout(str(anew.sid), person, LONG)
        assert owed(store) == [(CLIENT, person, anew.sid)]

    # --- Who is given tokens while it ends

    def test_who_was_given_tokens_meanwhile_is_told_later_and_once(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        late = samples.authorization()
        store.queue_session_logout(str(late.sid), late.subject, AT_ONCE)
        store.add_authorization(late)
        assert owed(store) == []
        assert store.queue_late_logouts(10) == 1
        assert owed(store) == [(CLIENT, late.subject, late.sid)]
        assert store.queue_late_logouts(10) == 0
        assert owed(store) == []

    def test_who_is_given_tokens_of_a_sign_in_from_before_is_told_later_and_nobody_of_a_new_one(
        self, store: Store, add_client: AddClient
    ) -> None:
        for client in (wanting(), wanting(OTHER), wanting("by session", backchannel_logout_session_required=True)):
            add_client(client)
        late = samples.authorization()
        store.queue_subject_logout(late.subject, AT_ONCE)
        store.add_authorization(late)
        store.add_authorization(replace(late, id=samples.handle(), client_id="by session"))
        anew = datetime.now(UTC) + timedelta(minutes=1)
        store.add_authorization(samples.authorization(client_id=OTHER, subject=late.subject, root_at=anew))
        assert store.queue_late_logouts(10) == 1
        assert owed(store) == [("by session", late.subject, late.sid), (CLIENT, late.subject, None)]

    def test_nobody_is_looked_for_before_the_time_nor_more_than_asked_for(
        self, store: Store, add_client: AddClient
    ) -> None:
        add_client(wanting())
        for again in (LONG, AT_ONCE, AT_ONCE, AT_ONCE):
            late = samples.authorization()
            store.queue_session_logout(str(late.sid), late.subject, again)
            store.add_authorization(late)
        assert [store.queue_late_logouts(2) for _ in range(3)] == [2, 1, 0]
        assert len(owed(store)) == 3

    # --- Claims

    def test_a_notice_is_claimed_once_within_its_lease(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        given = owe(store)
        begun = datetime.now(UTC)
        first = claimed(store, lease=AT_ONCE)
        assert (first.client_id, first.subject, first.sid) == (CLIENT, given.subject, given.sid)
        assert first.attempts == 1
        assert abs(first.created - begun) < timedelta(seconds=5)
        second = claimed(store)
        assert (second.id, second.attempts) == (first.id, 2)
        assert store.claim_logout(CLIENT, LONG) is None
        assert store.clients_owed_logout(10) == []

    def test_a_client_gets_its_own_and_the_oldest_first(self, store: Store, add_client: AddClient) -> None:
        for client in (wanting(), wanting(OTHER)):
            add_client(client)
        first, other, second = owe(store, OTHER), owe(store), owe(store, OTHER)
        assert store.clients_owed_logout(10) == [OTHER, CLIENT]
        assert store.clients_owed_logout(1) == [OTHER]
        assert [claimed(store, OTHER).sid for _ in range(2)] == [first.sid, second.sid]
        assert claimed(store).sid == other.sid
        assert store.claim_logout(OTHER, LONG) is None

    @pytest.mark.parametrize("client_id", [*IMPOSSIBLE, CLIENT.upper()])
    def test_a_client_that_cannot_be_is_owed_nothing(self, store: Store, add_client: AddClient, client_id: str) -> None:
        add_client(wanting())
        owe(store)
        assert store.claim_logout(client_id, LONG) is None

    @pytest.mark.parametrize("delivered", [True, False])
    def test_a_closed_notice_is_owed_no_more(self, store: Store, add_client: AddClient, delivered: bool) -> None:
        add_client(wanting())
        owe(store)
        mine = claimed(store, lease=AT_ONCE)
        assert store.close_logout(mine, "answered 200", END, delivered)
        assert store.claim_logout(CLIENT, LONG) is None
        assert not store.close_logout(mine, "again", END, delivered)
        assert not store.postpone_logout(mine, "again", AT_ONCE)
        assert store.claim_logout(CLIENT, LONG) is None

    def test_a_postponed_notice_is_due_later(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        owe(store)
        assert store.postpone_logout(claimed(store), "answered 500", LONG)
        assert store.claim_logout(CLIENT, LONG) is None
        owe(store)
        assert store.postpone_logout(claimed(store), "x" * 1000, AT_ONCE)
        assert claimed(store).attempts == 2

    def test_who_claimed_it_before_somebody_else_has_no_say(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        owe(store)
        stale, mine = claimed(store, lease=AT_ONCE), claimed(store, lease=LONG)
        assert not store.close_logout(stale, "late", END, True)
        assert not store.postpone_logout(stale, "late", AT_ONCE)
        assert store.claim_logout(CLIENT, LONG) is None
        assert store.close_logout(mine, "answered 200", END, True)

    def test_a_notice_that_was_given_up_can_be_opened_again_and_no_other(
        self, store: Store, add_client: AddClient
    ) -> None:
        add_client(wanting())
        owe(store)
        mine = claimed(store)
        assert not store.reopen_logout(mine.id)
        store.close_logout(mine, "answered 400", END, False)
        assert store.reopen_logout(mine.id)
        assert not store.reopen_logout(mine.id)
        again = claimed(store)
        assert (again.id, again.attempts) == (mine.id, 2)
        store.close_logout(again, "answered 200", END, True)
        assert not store.reopen_logout(mine.id)
        assert not store.reopen_logout(mine.id + 1000)

    # --- Clean-up

    def test_what_waits_is_never_swept_however_old(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        owe(store)
        mine = claimed(store, lease=AT_ONCE)
        assert store.delete_expired("logout_delivery", -GRACE, 10) == 0
        store.close_logout(mine, "answered 400", datetime.now(UTC) - timedelta(days=2), False)
        assert store.reopen_logout(mine.id)
        assert store.delete_expired("logout_delivery", GRACE, 10) == 0
        assert claimed(store).id == mine.id

    def test_an_authorization_is_kept_until_its_session_can_end_no_more(
        self, store: Store, add_client: AddClient
    ) -> None:
        add_client(wanting())
        now = datetime.now(UTC)
        long_ago, session_end = now - timedelta(days=2), now + timedelta(minutes=1)
        given = samples.authorization(expires=long_ago, kept_until=session_end)
        store.add_authorization(given)
        store.add_authorization(samples.authorization(expires=long_ago, kept_until=long_ago + timedelta(hours=1)))
        assert store.delete_expired("authorization", GRACE, 10) == 1
        assert store.authorization(given.id, now) is None
        store.queue_session_logout(str(given.sid), given.subject, LONG)
        assert owed(store) == [(CLIENT, given.subject, given.sid)]
