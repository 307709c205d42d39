"""What every store has to do with authorizations, and with what voids them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, FAR, IMPOSSIBLE, INSTANT, NOW
from tests.stores.suite.journal import VOIDED_BY_SIGN_IN, VOIDED_FOR_EVER, key_of
from tokens.protocol import journal
from tokens.protocol.records import OFFLINE_ACCESS
from tokens.stores.base import Store
from tokens.stores.base.whose import Whose


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

    def test_an_authorization_comes_with_its_client(self, store: Store) -> None:
        store.clients.add(samples.client())
        kept = store.clients.get(CLIENT)
        assert kept is not None
        assert kept.secrets
        authorization, other = samples.authorization(), samples.authorization(client_id="another")
        assert store.authorizations.add(authorization)
        assert store.authorizations.add(other)
        held = store.authorizations.with_client(authorization.id, END - INSTANT)
        assert held is not None
        assert held == (authorization, replace(kept, secrets=(), resources=()))
        assert held[1].updated == kept.updated
        assert store.authorizations.with_client(authorization.id, END) is None
        assert store.authorizations.with_client(other.id, NOW) is None
        store.journal.revoke(journal.authorization(authorization.id), END)
        assert store.authorizations.with_client(authorization.id, NOW) is None

    @pytest.mark.parametrize("authorization_id", [*IMPOSSIBLE, "0.unknown"])
    def test_an_unknown_authorization_has_no_client(self, store: Store, authorization_id: str) -> None:
        assert store.authorizations.with_client(authorization_id, NOW) is None

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

    @pytest.mark.parametrize("kind", [*VOIDED_FOR_EVER, *VOIDED_BY_SIGN_IN])
    @pytest.mark.parametrize("scope", [("openid",), ("openid", OFFLINE_ACCESS)])
    def test_support_is_told_why_each_is_over_and_nothing_of_what_is_good(
        self, store: Store, kind: str, scope: tuple[str, ...]
    ) -> None:
        for name in (CLIENT, "another"):
            store.clients.add(samples.client(client_id=name))
        ended, good = samples.authorization(client_id="another", scope=scope), samples.authorization()
        late, orphan = samples.authorization(expires=NOW), samples.authorization(client_id="gone")
        for each in (ended, good, late, orphan):
            assert store.authorizations.add(each)
        store.journal.revoke(key_of(kind, replace(ended, scope=())), FAR)
        found = store.authorizations.causes([ended.id, good.id, late.id, orphan.id, "0.unknown", *IMPOSSIBLE], NOW)
        outlives = kind == "session" and OFFLINE_ACCESS in scope
        assert found == {late.id: "expiry", orphan.id: "client", **({} if outlives else {ended.id: kind})}
        lives = {each.id for each in (ended, good, late, orphan) if store.authorizations.with_client(each.id, NOW)}
        assert lives == {ended.id, good.id, late.id, orphan.id} - found.keys()
        assert store.authorizations.causes([], NOW) == {}

    def test_of_several_causes_the_closest_is_told(self, store: Store) -> None:
        store.clients.add(samples.client())
        ended = samples.authorization(expires=NOW)
        assert store.authorizations.add(ended)
        order = ("subject", "client", "session", "consent", "authorization")
        told = [store.authorizations.causes([ended.id], NOW)[ended.id]]
        for kind in order:
            store.journal.revoke(key_of(kind, ended), FAR)
            told.append(store.authorizations.causes([ended.id], NOW)[ended.id])
        assert told == ["expiry", *order]

    def test_a_session_is_found_by_what_its_client_was_told_and_by_no_other_client(self, store: Store) -> None:
        mine = samples.authorization()
        same = samples.authorization(sid=mine.sid, told_sid=mine.told_sid)
        others = samples.authorization(client_id="another", sid=mine.sid)
        for each in (mine, same, others):
            assert store.authorizations.add(each)
        assert store.authorizations.session_told(CLIENT, str(mine.told_sid)) == mine.sid
        assert store.authorizations.session_told("another", str(others.told_sid)) == mine.sid
        assert store.authorizations.session_told("another", str(mine.told_sid)) is None
        assert store.authorizations.session_told(CLIENT, str(mine.sid)) is None

    def test_a_session_is_found_though_it_ended_and_all_that_hung_on_it(self, store: Store) -> None:
        ended = samples.authorization(expires=datetime(2000, 1, 1, tzinfo=UTC), kept_until=END)
        assert store.authorizations.add(ended)
        store.journal.revoke(journal.session(str(ended.sid)), FAR)
        assert store.authorizations.session_told(CLIENT, str(ended.told_sid)) == ended.sid

    @pytest.mark.parametrize("text", [*IMPOSSIBLE, "0.unknown"])
    def test_what_nobody_was_told_names_no_session(self, store: Store, text: str) -> None:
        told = samples.authorization()
        store.authorizations.add(told)
        store.authorizations.add(samples.authorization(sid=None, told_sid=None))
        assert store.authorizations.session_told(CLIENT, text) is None
        assert store.authorizations.session_told(text, str(told.told_sid)) is None

    def test_a_session_names_the_clients_that_were_given_anything_in_it(self, store: Store) -> None:
        for name in (CLIENT, "another", "third"):
            store.clients.add(samples.client(client_id=name))
        mine = samples.authorization(expires=datetime(2000, 1, 1, tzinfo=UTC), kept_until=END)
        more = [samples.authorization(sid=mine.sid, client_id=name) for name in (CLIENT, "another", "gone")]
        for each in (mine, *more, samples.authorization(client_id="third"), samples.authorization(sid=None)):
            assert store.authorizations.add(each)
        store.journal.revoke(journal.session(str(mine.sid)), FAR)
        sid = str(mine.sid)
        assert store.clients.note_logout("another", NOW)
        found = store.authorizations.clients_of(sid, 9)
        assert [each.client_id for each in found] == sorted([CLIENT, "another"])
        assert found == [replace(each, secrets=(), resources=()) for each in found]
        # What was noted of a client comes with it: the page of a sign-out says whom no notice reaches.
        assert {each.client_id: each.logout_failing_since for each in found} == {CLIENT: None, "another": NOW}
        assert store.authorizations.clients_of(sid, 1) == found[:1]
        assert [store.authorizations.clients_of(text, 9) for text in (*IMPOSSIBLE, "0.unknown")] == [[]] * (
            len(IMPOSSIBLE) + 1
        )

    def test_support_finds_authorizations_by_person_and_by_id_page_by_page(self, store: Store) -> None:
        person = samples.subject()
        mine = sorted(
            (samples.authorization(subject=person, client_id=name) for name in "abc"), key=lambda each: each.id
        )
        other = samples.authorization(client_id="a")
        for each in (*mine, other):
            store.authorizations.add(each)
        assert store.authorizations.find(Whose(subject=person), 2) == mine[:2]
        assert store.authorizations.find(Whose(subject=person), 2, after=mine[1].id) == mine[2:]
        at_a = [each for each in mine if each.client_id == "a"]
        assert store.authorizations.find(Whose(subject=person, client_id="a"), 10) == at_a
        assert store.authorizations.of_id(other.id) == other
        assert store.authorizations.find(Whose(subject=person.upper()), 10) == []

    def test_support_finds_authorizations_that_no_request_finds(self, store: Store) -> None:
        ended = samples.authorization(expires=datetime(2000, 1, 1, tzinfo=UTC), kept_until=None)
        store.authorizations.add(ended)
        store.journal.revoke(journal.authorization(ended.id), FAR)
        assert store.authorizations.find(Whose(subject=ended.subject), 10) == [ended]
        assert store.authorizations.of_id(ended.id) == ended

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_support_finds_no_authorizations_of_what_cannot_be(self, store: Store, text: str) -> None:
        store.authorizations.add(samples.authorization())
        assert store.authorizations.find(Whose(subject=text), 10) == []
        assert store.authorizations.find(Whose(subject=samples.subject(), client_id=text), 10) == []
        assert store.authorizations.of_id(text) is None
