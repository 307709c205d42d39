"""What every store has to do with what it deletes because it expired, or because what it names is gone."""

import itertools
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.kinds import add, is_there, named
from tests.stores.samples import CLIENT, GRACE, INSTANT, NOW, AddClient
from tests.stores.suite.outbox import LONG, claimed, owe, owed, wanting
from tokens.protocol import journal
from tokens.protocol.errors import InvalidGrant
from tokens.stores.base import Store
from tokens.stores.base.kinds import EXPIRING, KINDS, REFERRING
from tokens.stores.base.sweeping import Span, Sweeping, Swept

AT_ONCE = timedelta(minutes=-1)
"""A grace that spares nothing."""
ALL = Span(limit=10)
NAMED = [(kind, name) for kind in REFERRING for name in KINDS[kind].references]


class SweepingSuite:
    """Only for stores that sweep: the rows of others end by themselves."""

    @pytest.fixture
    def sweeping(self, store: Store) -> Sweeping:
        assert store.sweeping is not None
        return store.sweeping

    @pytest.mark.parametrize("kind", EXPIRING)
    def test_clean_up_deletes_what_expired_before_the_grace_and_nothing_else(
        self, store: Store, sweeping: Sweeping, kind: str
    ) -> None:
        now = datetime.now(UTC)
        grace = GRACE
        for end in (now - 2 * grace, now - grace - timedelta(seconds=30)):
            add(store, kind, end)
        kept = [add(store, kind, end) for end in (now - grace + timedelta(seconds=30), now + timedelta(seconds=30))]
        assert sweeping.delete_expired(kind, GRACE, 10).deleted == 2
        assert sweeping.delete_expired(kind, GRACE, 10).deleted == 0
        assert [is_there(store, kind, record) for record in kept] == [True, True]

    @pytest.mark.parametrize("kind", EXPIRING)
    def test_clean_up_deletes_no_more_than_it_is_asked_to(self, store: Store, sweeping: Sweeping, kind: str) -> None:
        for _ in range(5):
            add(store, kind, datetime.now(UTC) - timedelta(days=2))
        assert [sweeping.delete_expired(kind, GRACE, 2).deleted for _ in range(4)] == [2, 2, 1, 0]

    def test_clean_up_sweeps_only_the_kind_it_is_asked_to(self, store: Store, sweeping: Sweeping) -> None:
        for kind in EXPIRING:
            add(store, kind, datetime.now(UTC) - timedelta(days=2))
        for kind in EXPIRING:
            assert sweeping.delete_expired(kind, GRACE, 10).deleted == 1

    def test_clean_up_deletes_spent_codes_too(self, store: Store, sweeping: Sweeping) -> None:
        code = samples.code(expires=datetime.now(UTC) - timedelta(days=2))
        store.codes.add(code)
        store.codes.consume(code.key, CLIENT, code.expires - INSTANT)
        assert sweeping.delete_expired("authorization_code", GRACE, 10).deleted == 1
        assert store.codes.get(code.key, CLIENT) is None

    @pytest.mark.parametrize("kind", EXPIRING)
    def test_the_lag_is_how_long_the_oldest_row_could_have_been_deleted(
        self, store: Store, sweeping: Sweeping, kind: str
    ) -> None:
        assert sweeping.lag(GRACE, {}) == dict.fromkeys(EXPIRING, timedelta())
        now = datetime.now(UTC)
        add(store, kind, now - GRACE + timedelta(minutes=1))
        assert sweeping.lag(GRACE, {}) == dict.fromkeys(EXPIRING, timedelta())
        for late in (600, 60):
            add(store, kind, now - GRACE - timedelta(seconds=late))
        lag = sweeping.lag(GRACE, {})
        assert lag == {**dict.fromkeys(EXPIRING, timedelta()), kind: lag[kind]}
        assert timedelta(seconds=599) <= lag[kind] < timedelta(seconds=660)

    def test_what_is_not_in_the_registry_cannot_be_swept(self, store: Store, sweeping: Sweeping) -> None:
        with pytest.raises(KeyError):
            sweeping.delete_expired("client", GRACE, 10)

    def test_an_entry_is_kept_until_the_latest_end_that_it_was_given(self, store: Store, sweeping: Sweeping) -> None:
        past, future = datetime.now(UTC) - timedelta(days=2), datetime.now(UTC) + timedelta(days=2)
        for verbs in itertools.product(("revoke", "revoke_until_now"), repeat=2):
            for ends in ((past, future), (future, past)):
                key = journal.client(samples.handle())
                for verb, end in zip(verbs, ends, strict=True):
                    getattr(store.journal, verb)(key, end)
                assert sweeping.delete_expired("revocation", GRACE, 10).deleted == 0

    @pytest.mark.parametrize("in_unit", [False, True])
    def test_a_spent_token_goes_when_its_successors_successor_comes_and_no_other_does(
        self, store: Store, in_unit: bool
    ) -> None:
        spent, unspent, last = samples.refresh_token(spent_at=NOW), samples.refresh_token(), samples.refresh_token()
        for token in (spent, unspent):
            store.refresh_tokens.add(token)

        def add() -> None:
            store.refresh_tokens.add(last, spent.key)
            store.refresh_tokens.add(samples.refresh_token(), unspent.key)
            store.refresh_tokens.add(samples.refresh_token(), samples.key())

        store.in_unit(add) if in_unit else add()
        kept = [store.refresh_tokens.get(token.key, CLIENT) for token in (spent, unspent, last)]
        assert kept == [None, unspent, last]

    def test_what_a_unit_does_not_write_it_does_not_forget(self, store: Store) -> None:
        spent = samples.refresh_token(spent_at=NOW)
        store.refresh_tokens.add(spent)

        def refused() -> None:
            store.refresh_tokens.add(samples.refresh_token(), spent.key)
            raise InvalidGrant("refused")

        with pytest.raises(InvalidGrant):
            store.in_unit(refused)
        assert store.refresh_tokens.get(spent.key, CLIENT) == spent

    def test_the_entry_of_an_authorization_goes_with_it_and_that_of_one_to_come_stays(
        self, store: Store, sweeping: Sweeping
    ) -> None:
        now = datetime.now(UTC)
        for end in (now - 2 * GRACE, now + GRACE):
            authorization = samples.authorization(expires=end)
            assert store.authorizations.add(authorization)
            store.journal.revoke_authorization(authorization.id, now + timedelta(days=400))
        store.journal.revoke_authorization(samples.handle(), now + timedelta(days=400))
        assert sweeping.delete_expired("revocation", GRACE, 10).deleted == 1
        assert sweeping.delete_expired("revocation", timedelta(days=-2), 10).deleted == 1

    def test_what_waits_is_never_swept_however_old(
        self, store: Store, sweeping: Sweeping, add_client: AddClient
    ) -> None:
        add_client(wanting())
        owe(store)
        mine = claimed(store, lease=AT_ONCE)
        assert sweeping.delete_expired("logout_delivery", -GRACE, 10).deleted == 0
        store.outbox.close(mine, "answered 400", datetime.now(UTC) - timedelta(days=2), False)
        assert store.outbox.reopen(mine.id)
        assert sweeping.delete_expired("logout_delivery", GRACE, 10).deleted == 0
        assert claimed(store).id == mine.id

    def test_an_authorization_is_kept_until_its_session_can_end_no_more(
        self, store: Store, sweeping: Sweeping, add_client: AddClient
    ) -> None:
        add_client(wanting())
        now = datetime.now(UTC)
        long_ago, session_end = now - timedelta(days=2), now + timedelta(minutes=1)
        given = samples.authorization(expires=long_ago, kept_until=session_end)
        store.authorizations.add(given)
        store.authorizations.add(samples.authorization(expires=long_ago, kept_until=long_ago + timedelta(hours=1)))
        assert sweeping.delete_expired("authorization", GRACE, 10).deleted == 1
        assert store.authorizations.get(given.id, now) is None
        store.outbox.queue_session(str(given.sid), given.subject, LONG)
        assert owed(store) == [(CLIENT, given.subject, given.sid)]

    @pytest.mark.parametrize(("kind", "name"), NAMED)
    def test_a_row_goes_with_each_of_what_it_names_and_others_stay(
        self, store: Store, sweeping: Sweeping, add_client: AddClient, kind: str, name: str
    ) -> None:
        add_client(samples.client(enabled=False))
        living, orphan = named(store, kind), named(store, kind, without=name)
        strangers = {str(orphan.subject)} if name == "subject" else set[str]()
        assert sweeping.sweep_orphans(kind, ALL, AT_ONCE, strangers.intersection).deleted == 1
        left = Swept(deleted=0, last=living.key)
        assert sweeping.sweep_orphans(kind, ALL, AT_ONCE, strangers.intersection) == left

    @pytest.mark.parametrize("kind", REFERRING)
    def test_a_span_is_walked_in_the_order_of_the_keys(
        self, store: Store, sweeping: Sweeping, add_client: AddClient, kind: str
    ) -> None:
        add_client(samples.client())
        first, second = sorted(named(store, kind).key for _ in range(2))

        def last(**span: Any) -> str | None:
            return sweeping.sweep_orphans(kind, Span(**{"limit": 10, **span}), AT_ONCE, nobody).last

        assert (last(), last(limit=1)) == (second, first)
        assert (last(after=first), last(after=second)) == (second, None)
        assert (last(last=first), last(after=first, last=first)) == (first, None)

    @pytest.mark.parametrize("kind", [kind for kind in REFERRING if KINDS[kind].subject])
    def test_who_has_no_account_is_asked_for_the_people_of_the_span(
        self, store: Store, sweeping: Sweeping, add_client: AddClient, kind: str
    ) -> None:
        add_client(samples.client())
        rows, asked = [named(store, kind) for _ in range(2)], list[Collection[str]]()

        def without_account(subjects: Collection[str]) -> Collection[str]:
            asked.append(subjects)
            return ()

        sweeping.sweep_orphans(kind, ALL, AT_ONCE, without_account)
        assert asked == [{row.subject for row in rows}]

    def test_what_names_nothing_stays(self, store: Store, sweeping: Sweeping) -> None:
        nameless = samples.access_token(claims={"client_id": None, "authorization_id": None, "sub": "a"})
        bare = samples.access_token(claims={})
        for token in (nameless, bare):
            store.access_tokens.add(token)
        swept = sweeping.sweep_orphans("access_token", ALL, AT_ONCE, nobody)
        assert swept == Swept(deleted=0, last=max(nameless.key, bare.key))

    def test_a_parent_is_known_by_its_exact_id(self, store: Store, sweeping: Sweeping, add_client: AddClient) -> None:
        add_client(samples.client(enabled=False))
        store.authorizations.add(authorization := samples.authorization())
        known = samples.access_token(claims={"client_id": CLIENT, "authorization_id": authorization.id})
        for claims in (
            known.claims,
            {"client_id": CLIENT.upper()},
            {"client_id": f"{CLIENT} "},
            {"authorization_id": "0.x"},
        ):
            store.access_tokens.add(
                replace(known, key=samples.key() if claims is not known.claims else known.key, claims=claims)
            )
        assert sweeping.sweep_orphans("access_token", ALL, AT_ONCE, nobody).deleted == 3
        assert store.access_tokens.get(known.key, NOW) == known

    @pytest.mark.parametrize("kind", REFERRING)
    def test_orphans_are_deleted_once(self, store: Store, sweeping: Sweeping, kind: str) -> None:
        for _ in range(3):
            named(store, kind)
        assert sweeping.sweep_orphans(kind, ALL, AT_ONCE, nobody).deleted == 3
        assert sweeping.sweep_orphans(kind, ALL, AT_ONCE, nobody) == Swept(deleted=0, last=None)

    @pytest.mark.parametrize("kind", REFERRING)
    def test_what_is_younger_than_the_grace_stays(self, store: Store, sweeping: Sweeping, kind: str) -> None:
        row = named(store, kind)
        for _ in range(2):
            assert sweeping.sweep_orphans(kind, ALL, GRACE, nobody) == Swept(deleted=0, last=row.key)


def nobody(subjects: Collection[str]) -> Collection[str]:
    """Everybody has an account."""
    return ()
