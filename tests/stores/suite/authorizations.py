"""What every store has to do with authorizations, and with what voids them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, IMPOSSIBLE, INSTANT, NOW
from tests.stores.suite.journal import VOIDED_BY_SIGN_IN, VOIDED_FOR_EVER, key_of
from tokens.protocol import journal
from tokens.protocol.records import OFFLINE_ACCESS
from tokens.stores.base import Store


class AuthorizationsSuite:
    @pytest.mark.parametrize(
        "changes", [{}, {"sid": None, "consent_id": None, "kept_until": None}, {"scope": (), "amr": ()}]
    )
    def test_an_authorization_is_good_until_it_expires(self, store: Store, changes: dict[str, Any]) -> None:
        authorization = samples.authorization(**changes)
        assert store.authorizations.add(authorization)
        assert store.authorizations.get(authorization.id, END - INSTANT) == authorization
        assert store.authorizations.get(authorization.id, END) is None

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
