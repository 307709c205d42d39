"""What every store has to do with the logout notices that clients are owed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, FAR, IMPOSSIBLE, AddClient
from tokens.protocol import journal
from tokens.protocol.records import OFFLINE_ACCESS, Authorization, Client, LogoutDelivery
from tokens.stores.base import Store

LONG = timedelta(seconds=1000)
AT_ONCE = timedelta(seconds=-1)
"""Some time before: SQLite tells no two instants of a millisecond apart."""
TOLD = "https://client.example/logout"
OTHER = "client-2"


def wanting(client_id: str = CLIENT, **changes: Any) -> Client:
    """A client that wants notices, of any session."""
    ordinary = {"client_id": client_id, "backchannel_logout_uri": TOLD, "backchannel_logout_session_required": False}
    return samples.client(**(ordinary | {"secrets": (), "resources": ()} | changes))


def owed(store: Store) -> list[tuple[str, str, str | None]]:
    """Claims all that is due, and says who is owed what."""
    found = []
    for client_id in store.outbox.clients_owed(100):
        while (claimed := store.outbox.claim(client_id, LONG)) is not None:
            found.append((claimed.client_id, claimed.subject, claimed.sid))
    return sorted(found, key=str)


def owe(store: Store, client_id: str = CLIENT) -> Authorization:
    """One notice more, to a client that is in the store already."""
    given = samples.authorization(client_id=client_id, expires=FAR, kept_until=None)
    store.authorizations.add(given)
    store.outbox.queue_session(str(given.sid), given.subject, LONG)
    return given


def claimed(store: Store, client_id: str = CLIENT, lease: timedelta = LONG) -> LogoutDelivery:
    notice = store.outbox.claim(client_id, lease)
    assert notice is not None
    return notice


class OutboxSuite:
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
            store.authorizations.add(one)
        store.outbox.queue_session(str(given.sid), given.subject, LONG)
        assert owed(store) == [(CLIENT, given.subject, given.sid), (OTHER, given.subject, given.sid)]
        assert store.outbox.queue_late(10) == 0

    def test_a_client_is_told_though_its_tokens_expired_or_were_revoked(
        self, store: Store, add_client: AddClient
    ) -> None:
        for client in (wanting(), wanting(OTHER)):
            add_client(client)
        given = samples.authorization(expires=datetime(2000, 1, 1, tzinfo=UTC), kept_until=END)
        revoked = replace(given, id=samples.handle(), client_id=OTHER)
        for one in (given, revoked):
            store.authorizations.add(one)
        for key in (journal.authorization(revoked.id), journal.consent(str(revoked.consent_id))):
            store.journal.revoke(key, FAR)
        store.outbox.queue_session(str(given.sid), given.subject, LONG)
        assert owed(store) == [(CLIENT, given.subject, given.sid), (OTHER, given.subject, given.sid)]

    def test_all_of_a_person_is_one_notice_a_client_or_one_a_session(self, store: Store, add_client: AddClient) -> None:
        for client in (wanting(), wanting(OTHER, backchannel_logout_session_required=True)):
            add_client(client)
        person, first, second = samples.subject(), samples.handle(), samples.handle()
        for sid in (first, second, first):
            for client_id in (CLIENT, OTHER):
                store.authorizations.add(samples.authorization(client_id=client_id, subject=person, sid=sid))
        store.authorizations.add(samples.authorization())
        store.outbox.queue_subject(person, LONG)
        per_session = sorted((OTHER, person, sid) for sid in (first, second))
        assert owed(store) == [(CLIENT, person, None), *per_session]

    def test_no_two_of_an_act_are_due_at_one_instant_and_they_go_in_one_order(
        self, store: Store, add_client: AddClient
    ) -> None:
        """So many that they take more than one statement."""
        add_client(wanting(backchannel_logout_session_required=True))
        given = samples.authorization()
        sids = [f"{number:04}" for number in range(201)]
        for sid in sids:
            store.authorizations.add(replace(given, id=samples.handle(), sid=sid))
        store.outbox.queue_subject(given.subject, LONG)
        notices = [claimed(store) for _ in sids]
        assert [notice.sid for notice in notices] == sids
        assert len({notice.due for notice in notices}) == len(sids)

    def test_of_what_was_void_before_nobody_is_told_again(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        person = samples.subject()
        ended, living = (samples.authorization(subject=person) for _ in range(2))
        store.authorizations.add(ended)
        store.journal.revoke(journal.session(str(ended.sid)), FAR)
        store.outbox.queue_subject(person, LONG)
        assert owed(store) == []
        store.authorizations.add(living)
        store.outbox.queue_subject(person, LONG)
        store.journal.revoke_until_now(journal.subject(person), FAR)
        assert owed(store) == [(CLIENT, person, None)]
        store.outbox.queue_session(str(living.sid), person, LONG)
        store.outbox.queue_subject(person, LONG)
        assert owed(store) == []
        renewed = samples.authorization(subject=person, root_at=datetime.now(UTC) + timedelta(minutes=1))
        store.authorizations.add(renewed)
        store.outbox.queue_session(str(renewed.sid), person, LONG)
        assert owed(store) == [(CLIENT, person, renewed.sid)]

    def test_who_was_given_tokens_meanwhile_is_told_later_and_once(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        late = samples.authorization()
        store.outbox.queue_session(str(late.sid), late.subject, AT_ONCE)
        store.authorizations.add(late)
        assert owed(store) == []
        assert store.outbox.queue_late(10) == 1
        assert owed(store) == [(CLIENT, late.subject, late.sid)]
        assert store.outbox.queue_late(10) == 0
        assert owed(store) == []

    def test_who_is_given_tokens_of_a_sign_in_from_before_is_told_later_and_nobody_of_a_new_one(
        self, store: Store, add_client: AddClient
    ) -> None:
        for client in (wanting(), wanting(OTHER), wanting("by session", backchannel_logout_session_required=True)):
            add_client(client)
        late = samples.authorization()
        store.outbox.queue_subject(late.subject, AT_ONCE)
        store.authorizations.add(late)
        store.authorizations.add(replace(late, id=samples.handle(), client_id="by session"))
        renewed = datetime.now(UTC) + timedelta(minutes=1)
        store.authorizations.add(samples.authorization(client_id=OTHER, subject=late.subject, root_at=renewed))
        assert store.outbox.queue_late(10) == 1
        assert owed(store) == [("by session", late.subject, late.sid), (CLIENT, late.subject, None)]

    def test_nobody_is_looked_for_before_the_time_nor_more_than_asked_for(
        self, store: Store, add_client: AddClient
    ) -> None:
        add_client(wanting())
        for again in (LONG, AT_ONCE, AT_ONCE, AT_ONCE):
            late = samples.authorization()
            store.outbox.queue_session(str(late.sid), late.subject, again)
            store.authorizations.add(late)
        assert [store.outbox.queue_late(2) for _ in range(3)] == [2, 1, 0]
        assert len(owed(store)) == 3

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
        assert store.outbox.claim(CLIENT, LONG) is None
        assert store.outbox.clients_owed(10) == []

    def test_a_client_gets_its_own_and_the_oldest_first(self, store: Store, add_client: AddClient) -> None:
        for client in (wanting(), wanting(OTHER)):
            add_client(client)
        first, other, second = owe(store, OTHER), owe(store), owe(store, OTHER)
        assert store.outbox.clients_owed(10) == [OTHER, CLIENT]
        assert store.outbox.clients_owed(1) == [OTHER]
        assert [claimed(store, OTHER).sid for _ in range(2)] == [first.sid, second.sid]
        assert claimed(store).sid == other.sid
        assert store.outbox.claim(OTHER, LONG) is None

    @pytest.mark.parametrize("client_id", [*IMPOSSIBLE, CLIENT.upper()])
    def test_a_client_that_cannot_be_is_owed_nothing(self, store: Store, add_client: AddClient, client_id: str) -> None:
        add_client(wanting())
        owe(store)
        assert store.outbox.claim(client_id, LONG) is None

    @pytest.mark.parametrize("delivered", [True, False])
    def test_a_closed_notice_is_owed_no_more(self, store: Store, add_client: AddClient, delivered: bool) -> None:
        add_client(wanting())
        owe(store)
        mine = claimed(store, lease=AT_ONCE)
        assert store.outbox.close(mine, "answered 200", END, delivered)
        assert store.outbox.claim(CLIENT, LONG) is None
        assert not store.outbox.close(mine, "again", END, delivered)
        assert not store.outbox.postpone(mine, "again", AT_ONCE)
        assert store.outbox.claim(CLIENT, LONG) is None

    def test_a_postponed_notice_is_due_later(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        owe(store)
        assert store.outbox.postpone(claimed(store), "answered 500", LONG)
        assert store.outbox.claim(CLIENT, LONG) is None
        owe(store)
        assert store.outbox.postpone(claimed(store), "x" * 1000, AT_ONCE)
        assert claimed(store).attempts == 2

    def test_who_claimed_it_before_somebody_else_has_no_say(self, store: Store, add_client: AddClient) -> None:
        add_client(wanting())
        owe(store)
        stale, mine = claimed(store, lease=AT_ONCE), claimed(store, lease=LONG)
        assert not store.outbox.close(stale, "late", END, True)
        assert not store.outbox.postpone(stale, "late", AT_ONCE)
        assert store.outbox.claim(CLIENT, LONG) is None
        assert store.outbox.close(mine, "answered 200", END, True)

    def test_a_notice_that_was_given_up_can_be_opened_again_and_no_other(
        self, store: Store, add_client: AddClient
    ) -> None:
        add_client(wanting())
        owe(store)
        mine = claimed(store)
        assert not store.outbox.reopen(mine.id)
        store.outbox.close(mine, "answered 400", END, False)
        assert store.outbox.reopen(mine.id)
        assert not store.outbox.reopen(mine.id)
        again = claimed(store)
        assert (again.id, again.attempts) == (mine.id, 2)
        store.outbox.close(again, "answered 200", END, True)
        assert not store.outbox.reopen(mine.id)
        for another in (f"{mine.id}000", *IMPOSSIBLE):
            assert not store.outbox.reopen(another)

    def test_support_finds_notices_by_client_and_by_id_page_by_page_the_newest_first(
        self, store: Store, add_client: AddClient
    ) -> None:
        for client in (wanting(), wanting(OTHER)):
            add_client(client)
        given = [owe(store) for _ in range(12)]
        owe(store, OTHER)
        whole = store.outbox.of_client(CLIENT, 100)
        assert [each.sid for each in whole] == [each.sid for each in reversed(given)]
        first = store.outbox.of_client(CLIENT, 10)
        assert first == whole[:10]
        assert store.outbox.of_client(CLIENT, 10, after=first[-1].id) == whole[10:]
        assert store.outbox.of_client(CLIENT, 10, after=whole[-1].id) == []
        assert [store.outbox.of_id(each.id) for each in whole] == whole

    def test_support_finds_notices_that_there_is_nothing_more_to_do_of(
        self, store: Store, add_client: AddClient
    ) -> None:
        add_client(wanting())
        owe(store)
        store.outbox.close(claimed(store), "answered 200", FAR, True)
        [delivered] = store.outbox.of_client(CLIENT, 10)
        assert delivered == store.outbox.of_id(delivered.id)
        assert (delivered.outcome, delivered.due, delivered.expires) == ("answered 200", None, FAR)
        assert delivered.delivered_at is not None

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_support_finds_no_notices_of_what_cannot_be(self, store: Store, add_client: AddClient, text: str) -> None:
        add_client(wanting())
        owe(store)
        assert store.outbox.of_client(text, 10) == []
        assert store.outbox.of_id(text) is None
