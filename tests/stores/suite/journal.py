"""What every store has to do with the journal of what is void."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, FAR, IMPOSSIBLE, INSTANT, NOW
from tokens.conf import CLOCK_MARGIN
from tokens.protocol import journal
from tokens.protocol.records import (
    Authorization,
)
from tokens.stores.base import Store

VOIDED_BY_SIGN_IN = ("subject", "client")
VOIDED_FOR_EVER = ("authorization", "consent", "session")


class JournalSuite:
    @pytest.mark.parametrize("kind", VOIDED_BY_SIGN_IN)
    def test_a_sign_in_before_the_instant_is_void_and_a_later_one_is_not(self, store: Store, kind: str) -> None:
        now = datetime.now(UTC)
        before = samples.authorization(root_at=now - timedelta(seconds=30))
        after = replace(before, id=samples.handle(), root_at=now + timedelta(seconds=30))
        store.authorizations.add(before)
        store.journal.revoke_until_now(key_of(kind, before), END)
        assert store.authorizations.get(before.id, NOW) is None
        assert not store.authorizations.add(replace(before, id=samples.handle()))
        assert store.authorizations.add(after)
        assert store.authorizations.get(after.id, NOW) == after

    @pytest.mark.parametrize("kind", VOIDED_BY_SIGN_IN)
    def test_the_instant_is_the_stores_own_and_belongs_to_what_is_void(self, store: Store, kind: str) -> None:
        authorization = samples.authorization()
        key = key_of(kind, authorization)
        begun = datetime.now(UTC)
        store.journal.revoke_until_now(key, END)
        instant = last_void(store, key)
        # SQLite's clock has milliseconds, and where the database's is reckoned, it is known as well as it answers soon.
        assert begun - CLOCK_MARGIN <= instant <= datetime.now(UTC) + CLOCK_MARGIN
        at, later = replace(authorization, root_at=instant), replace(authorization, root_at=instant + INSTANT)
        assert not store.authorizations.add(at)
        assert store.authorizations.add(later)
        assert store.authorizations.get(later.id, NOW) == later

    def test_what_was_added_at_the_very_instant_is_void(self, store: Store) -> None:
        # Judged by the statement that reads; the one that adds is judged above.
        store.journal.revoke_until_now("client:the clock", END)
        root_at = last_void(store, "client:the clock")
        authorization = samples.authorization(root_at=root_at)
        store.authorizations.add(authorization)
        store.journal.revoke_until_now(journal.subject(authorization.subject), END)
        assert last_void(store, journal.subject(authorization.subject)) >= root_at
        assert store.authorizations.get(authorization.id, NOW) is None

    def test_the_instant_moves_forward_with_each_time(self, store: Store) -> None:
        key = journal.subject(samples.subject())
        store.journal.revoke_until_now(key, END)
        first = last_void(store, key)
        time.sleep(0.005)  # the clock is the store's own, and SQLite's has milliseconds
        store.journal.revoke_until_now(key, END)
        assert last_void(store, key) > first

    @pytest.mark.parametrize("key", [journal.EVERYTHING, journal.client(CLIENT)])
    def test_a_sign_in_up_to_a_given_instant_is_void_and_the_instant_never_moves_back(
        self, store: Store, key: str
    ) -> None:
        at, after = samples.authorization(root_at=NOW), samples.authorization(root_at=NOW + INSTANT)
        for authorization in (at, after):
            assert store.authorizations.add(authorization)
        for until in (NOW - timedelta(days=1), NOW, NOW - timedelta(days=2)):
            store.journal.revoke_until(key, until, END)
        assert store.authorizations.get(at.id, NOW) is None
        assert store.authorizations.get(after.id, NOW) == after
        assert not store.authorizations.add(replace(at, id=samples.handle()))
        assert not store.codes.add(samples.code(authorization=at))
        assert store.journal.revoked([key], NOW)
        assert not store.journal.revoked([key], NOW + INSTANT)

    def test_an_authorization_is_void_whether_or_not_it_is_there(self, store: Store) -> None:
        there, coming = samples.authorization(), samples.authorization()
        assert store.authorizations.add(there)
        for each in (there, coming):
            store.journal.revoke_authorization(each.id, FAR)
        assert store.authorizations.get(there.id, NOW) is None
        assert not store.authorizations.add(coming)
        assert store.journal.revoked([journal.authorization(coming.id)], FAR)

    def test_what_is_void_for_ever_stays_so_whatever_instant_is_given(self, store: Store) -> None:
        for verbs in (("revoke", "revoke_until"), ("revoke_until", "revoke")):
            key = journal.client(samples.handle())
            for verb in verbs:
                until = (NOW,) if verb == "revoke_until" else ()
                getattr(store.journal, verb)(key, *until, END)
            assert store.journal.revoked([key], FAR)

    @pytest.mark.parametrize("first", ["revoke", "revoke_until_now"])
    def test_what_is_void_for_ever_stays_so_whichever_came_first(self, store: Store, first: str) -> None:
        key = journal.client(CLIENT)
        second = {"revoke": "revoke_until_now", "revoke_until_now": "revoke"}[first]
        for verb in (first, second):
            getattr(store.journal, verb)(key, END)
        assert store.journal.revoked([key], FAR)

    def test_one_void_key_among_many_is_enough(self, store: Store) -> None:
        store.journal.revoke("token:void", END)
        assert store.journal.revoked(["token:good", "token:void"], FAR)
        assert not store.journal.revoked(["token:good", "token:VOID", "token:void "], NOW)
        assert not store.journal.revoked([], NOW)

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_nothing_that_cannot_be_is_void(self, store: Store, text: str) -> None:
        store.journal.revoke("token:void", END)
        assert not store.journal.revoked([text], NOW)
        assert store.journal.revoked([text, "token:void"], NOW)


def key_of(kind: str, authorization: Authorization) -> str:
    """The journal's key of that kind that voids the authorization."""
    (key,) = (key for key in journal.of(authorization) if key.startswith(f"{kind}:"))
    return key


def last_void(store: Store, key: str) -> datetime:
    """The last instant whose sign-ins the key voids, by halves."""
    void, good = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    while good - void > INSTANT:
        middle = void + (good - void) // 2
        void, good = (middle, good) if store.journal.revoked([key], middle) else (void, middle)
    return void
