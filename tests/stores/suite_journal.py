"""What every store has to do about authorizations and the journal that voids them."""

import itertools
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, FAR, GRACE, IMPOSSIBLE, INSTANT, NOW
from tokens.protocol import journal
from tokens.protocol.records import OFFLINE_ACCESS, Authorization
from tokens.stores.base import Store

VOIDED_BY_SIGN_IN = ("subject", "client")
VOIDED_FOR_EVER = ("authorization", "consent", "session")


class JournalSuite:
    # --- Authorizations and their revocation

    @pytest.mark.parametrize(
        "changes", [{}, {"sid": None, "consent_id": None, "kept_until": None}, {"scope": (), "amr": ()}]
    )
    def test_an_authorization_is_good_until_it_expires(self, store: Store, changes: dict[str, Any]) -> None:
        authorization = samples.authorization(**changes)
        assert store.authorizations.add(authorization)
        assert store.authorizations.get(authorization.id, END - INSTANT) == authorization
        assert store.authorizations.get(authorization.id, END) is None

    @pytest.mark.parametrize("kind", [*VOIDED_FOR_EVER, *VOIDED_BY_SIGN_IN])
    def test_a_code_that_nobody_could_redeem_is_not_added(self, store: Store, kind: str) -> None:
        code = samples.code()
        key = {each.partition(":")[0]: each for each in journal.of(code.authorization)}[kind]
        (store.journal.revoke if kind in VOIDED_FOR_EVER else store.journal.revoke_until_now)(key, FAR)
        assert not store.codes.add(code)
        assert store.codes.get(code.key, CLIENT) is None

    @pytest.mark.parametrize("authorization_id", [*IMPOSSIBLE, "0.unknown"])
    def test_an_unknown_authorization_is_none(self, store: Store, authorization_id: str) -> None:
        store.authorizations.add(samples.authorization())
        assert store.authorizations.get(authorization_id, NOW) is None

    @pytest.mark.parametrize("kind", [*VOIDED_FOR_EVER, *VOIDED_BY_SIGN_IN])
    def test_what_is_revoked_by_any_of_its_keys_is_void_and_others_are_not(self, store: Store, kind: str) -> None:
        revoked, other = samples.authorization(), samples.authorization(client_id="another")
        store.authorizations.add(revoked)
        store.authorizations.add(other)
        store.journal.revoke(key_of(kind, revoked), revoked.expires)
        assert store.authorizations.get(revoked.id, NOW) is None
        assert store.authorizations.get(other.id, NOW) == other

    @pytest.mark.parametrize("kind", [*VOIDED_FOR_EVER, *VOIDED_BY_SIGN_IN])
    def test_what_is_void_is_not_added_and_neither_is_its_refresh_token(self, store: Store, kind: str) -> None:
        authorization = samples.authorization()
        first = samples.refresh_token(authorization_id=authorization.id)
        store.journal.revoke(key_of(kind, authorization), END)
        assert not store.authorizations.add(authorization, first)
        assert not store.authorizations.add(authorization)
        assert store.authorizations.get(authorization.id, NOW) is None
        assert store.refresh_tokens.get(first.key, CLIENT) is None

    def test_an_authorization_comes_with_the_first_refresh_token_of_its_family(self, store: Store) -> None:
        authorization = samples.authorization()
        first = samples.refresh_token(authorization_id=authorization.id)
        assert store.authorizations.add(authorization, first)
        assert store.authorizations.get(authorization.id, NOW) == authorization
        assert store.refresh_tokens.get(first.key, CLIENT) == first

    def test_what_is_offline_outlives_its_session_and_nothing_else(self, store: Store) -> None:
        # Scopes that are almost the one: a part of it, another case, another letter at the underscore.
        almost = ("offline", "OFFLINE_ACCESS", "offlineXaccess", "offline_access2", "x:offline_access")
        for scope in ((OFFLINE_ACCESS,), ("openid", OFFLINE_ACCESS, "email"), almost):
            before = samples.authorization(scope=scope)
            after = replace(before, id=samples.handle())
            assert store.authorizations.add(before)
            store.journal.revoke(journal.session(str(before.sid)), END)
            offline = OFFLINE_ACCESS in scope
            assert store.authorizations.add(after) == offline
            assert (store.authorizations.get(before.id, NOW) is not None) == offline
            store.journal.revoke(journal.consent(str(before.consent_id)), END)
            assert store.authorizations.get(before.id, NOW) is None

    def test_one_kind_of_id_is_never_taken_for_another(self, store: Store) -> None:
        shared = samples.subject()
        authorization = samples.authorization(
            id=shared, subject=shared, sid=shared, consent_id=shared, client_id=shared, scope=(OFFLINE_ACCESS,)
        )
        store.journal.revoke(journal.token(shared), END)
        store.journal.revoke(journal.session(shared), END)
        for key in ("", shared, f"{shared}:", "authorization:", "session:", "consent:"):
            store.journal.revoke(key, END)
        assert store.authorizations.add(authorization)
        assert store.authorizations.get(authorization.id, NOW) == authorization

    def test_what_has_no_session_or_consent_is_not_voided_by_one(self, store: Store) -> None:
        authorization = samples.authorization(sid=None, consent_id=None)
        for key in ("session:", "consent:", "session:None", "consent:None"):
            store.journal.revoke(key, END)
        assert store.authorizations.add(authorization)
        assert store.authorizations.get(authorization.id, NOW) == authorization

    def test_the_longest_client_id_can_be_void(self, store: Store) -> None:
        authorization = samples.authorization(client_id="ä" * 255)
        store.authorizations.add(authorization)
        store.journal.revoke(journal.client(authorization.client_id), END)
        assert store.authorizations.get(authorization.id, NOW) is None

    @pytest.mark.parametrize("again", [END, NOW, END + timedelta(days=1)])
    def test_to_revoke_again_changes_nothing(self, store: Store, again: datetime) -> None:
        authorization = samples.authorization()
        store.authorizations.add(authorization)
        store.journal.revoke(journal.authorization(authorization.id), END)
        store.journal.revoke(journal.authorization(authorization.id), again)
        assert store.authorizations.get(authorization.id, NOW) is None

    # --- Up to an instant

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
        # SQLite's clock has milliseconds.
        assert begun - timedelta(milliseconds=1) <= instant <= datetime.now(UTC)
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
        time.sleep(0.005)
        store.journal.revoke_until_now(key, END)
        assert last_void(store, key) > first

    @pytest.mark.parametrize("first", ["revoke", "revoke_until_now"])
    def test_what_is_void_for_ever_stays_so_whichever_came_first(self, store: Store, first: str) -> None:
        key = journal.client(CLIENT)
        second = {"revoke": "revoke_until_now", "revoke_until_now": "revoke"}[first]
        for verb in (first, second):
            getattr(store.journal, verb)(key, END)
        assert store.journal.revoked([key], FAR)

    def test_an_entry_is_kept_until_the_latest_end_that_it_was_given(self, store: Store) -> None:
        past, future = datetime.now(UTC) - timedelta(days=2), datetime.now(UTC) + timedelta(days=2)
        for verbs in itertools.product(("revoke", "revoke_until_now"), repeat=2):
            for ends in ((past, future), (future, past)):
                key = journal.client(samples.handle())
                for verb, end in zip(verbs, ends, strict=True):
                    getattr(store.journal, verb)(key, end)
                assert store.sweeping.delete_expired("revocation", GRACE, 10) == 0

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
