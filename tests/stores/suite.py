"""What every store has to do: one suite, run on each of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, INSTANT, NOW
from tokens.protocol.handles import Key
from tokens.protocol.records import Client
from tokens.stores.base import EXPIRING, Store

AddClient = Callable[[Client], None]
# What no column can hold, or only a longer one: a lookup answers, it never fails.
IMPOSSIBLE = ("", "\x00", "a\x00b", "\ud800", "x" * 10_000, "ä€🦊", "'; --", "%s", "c" * 255 + "\n")
GRACE = 3600.0


class StoreSuite:
    # --- Clients

    def test_a_client_is_found_with_all_its_metadata_and_secrets(self, store: Store, add_client: AddClient) -> None:
        client = samples.client()
        add_client(client)
        add_client(samples.client(client_id="another"))
        assert store.client(CLIENT) == client

    def test_a_client_without_secrets_is_found(self, store: Store, add_client: AddClient) -> None:
        client = samples.client(token_endpoint_auth_method="none", secrets=(), redirect_uris=(), scope=())
        add_client(client)
        assert store.client(CLIENT) == client

    def test_a_disabled_client_is_found(self, store: Store, add_client: AddClient) -> None:
        add_client(samples.client(enabled=False))
        found = store.client(CLIENT)
        assert found is not None
        assert not found.enabled

    @pytest.mark.parametrize("client_id", [*IMPOSSIBLE, "unknown", CLIENT.upper(), f"{CLIENT} "])
    def test_a_client_is_known_by_its_exact_id_alone(self, store: Store, add_client: AddClient, client_id: str) -> None:
        add_client(samples.client())
        assert store.client(client_id) is None

    # --- Consents

    def test_a_consent_holds_until_it_expires(self, store: Store) -> None:
        consent = samples.consent()
        store.grant_consent(consent)
        assert store.consent(consent.subject, CLIENT, END - INSTANT) == consent
        assert store.consent(consent.subject, CLIENT, END) is None

    def test_a_consent_is_one_persons_for_one_client(self, store: Store) -> None:
        consent = samples.consent()
        store.grant_consent(consent)
        assert store.consent(consent.subject, "another", NOW) is None
        assert store.consent(samples.subject(), CLIENT, NOW) is None

    def test_a_new_consent_takes_the_place_of_the_old_one(self, store: Store) -> None:
        before, other = samples.consent(), samples.consent()
        after = replace(before, id=samples.handle(), scope=("openid", "email"), granted_at=NOW, expires=END + INSTANT)
        store.grant_consent(before)
        store.grant_consent(other)
        store.grant_consent(after)
        assert store.consent(before.subject, CLIENT, END) == after
        assert store.consent(other.subject, CLIENT, NOW) == other

    def test_a_consent_can_be_granted_again_after_it_expired(self, store: Store) -> None:
        before = samples.consent(expires=NOW - INSTANT)
        after = replace(before, id=samples.handle(), granted_at=NOW, expires=END)
        store.grant_consent(before)
        store.grant_consent(after)
        assert store.consent(before.subject, CLIENT, NOW) == after

    @pytest.mark.parametrize("text", [*IMPOSSIBLE, "alice"])
    def test_there_is_no_consent_of_what_cannot_be(self, store: Store, text: str) -> None:
        consent = samples.consent()
        store.grant_consent(consent)
        assert store.consent(text, CLIENT, NOW) is None
        assert store.consent(consent.subject, text, NOW) is None
        assert store.consent(consent.subject.upper(), CLIENT, NOW) is None

    # --- Authorizations and their revocation

    @pytest.mark.parametrize("changes", [{}, {"sid": None}, {"scope": (), "amr": ()}])
    def test_an_authorization_is_good_until_it_expires(self, store: Store, changes: dict[str, Any]) -> None:
        authorization = samples.authorization(**changes)
        store.add_authorization(authorization)
        assert store.authorization(authorization.id, END - INSTANT) == authorization
        assert store.authorization(authorization.id, END) is None

    @pytest.mark.parametrize("authorization_id", [*IMPOSSIBLE, "0.unknown"])
    def test_an_unknown_authorization_is_none(self, store: Store, authorization_id: str) -> None:
        store.add_authorization(samples.authorization())
        assert store.authorization(authorization_id, NOW) is None

    def test_a_revoked_authorization_is_void_and_others_are_not(self, store: Store) -> None:
        revoked, other = samples.authorization(), samples.authorization()
        store.add_authorization(revoked)
        store.add_authorization(other)
        store.revoke_authorization(revoked.id, revoked.expires)
        assert store.authorization(revoked.id, NOW) is None
        assert store.authorization(other.id, NOW) == other

    def test_an_authorization_revoked_before_it_is_added_stays_void(self, store: Store) -> None:
        authorization = samples.authorization()
        store.revoke_authorization(authorization.id, authorization.expires)
        store.add_authorization(authorization)
        assert store.authorization(authorization.id, NOW) is None

    def test_to_revoke_again_changes_nothing(self, store: Store) -> None:
        authorization = samples.authorization()
        store.add_authorization(authorization)
        store.revoke_authorization(authorization.id, END)
        store.revoke_authorization(authorization.id, NOW)
        assert store.authorization(authorization.id, NOW) is None

    # --- Codes

    @pytest.mark.parametrize("changes", [{}, {"code_challenge": None, "nonce": None}])
    def test_a_code_is_spent_once_and_tells_its_whole_authorization(
        self, store: Store, changes: dict[str, Any]
    ) -> None:
        code = samples.code(**changes)
        store.add_code(code)
        assert store.code(code.key, CLIENT) == code
        assert store.consume_code(code.key, CLIENT, NOW) == replace(code, spent_at=NOW)
        assert store.consume_code(code.key, CLIENT, NOW) is None

    def test_a_spent_code_is_remembered_as_spent(self, store: Store) -> None:
        code = samples.code()
        store.add_code(code)
        store.consume_code(code.key, CLIENT, NOW)
        store.consume_code(code.key, CLIENT, NOW + INSTANT)
        assert store.code(code.key, CLIENT) == replace(code, spent_at=NOW)

    def test_a_code_works_up_to_its_end(self, store: Store) -> None:
        code = samples.code()
        store.add_code(code)
        assert store.consume_code(code.key, CLIENT, END - INSTANT) is not None

    def test_a_code_is_expired_at_its_end_and_still_told_from_an_unknown_one(self, store: Store) -> None:
        code = samples.code()
        store.add_code(code)
        assert store.consume_code(code.key, CLIENT, END) is None
        assert store.code(code.key, CLIENT) == code

    def test_another_client_neither_spends_nor_sees_a_code(self, store: Store) -> None:
        code = samples.code()
        store.add_code(code)
        assert store.consume_code(code.key, "another", NOW) is None
        assert store.code(code.key, "another") is None
        assert store.consume_code(code.key, CLIENT, NOW) is not None

    def test_a_spent_code_leaves_others_alone(self, store: Store) -> None:
        spent, other = samples.code(), samples.code()
        store.add_code(spent)
        store.add_code(other)
        store.consume_code(spent.key, CLIENT, NOW)
        assert store.code(other.key, CLIENT) == other

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_there_is_no_code_of_what_cannot_be(self, store: Store, text: str) -> None:
        code = samples.code()
        store.add_code(code)
        assert store.code(Key(text), CLIENT) is None
        assert store.code(code.key, text) is None
        assert store.consume_code(Key(text), CLIENT, NOW) is None
        assert store.consume_code(code.key, text, NOW) is None

    # --- Interactions

    def test_an_interaction_waits_for_its_browser_until_it_expires(self, store: Store) -> None:
        waiting = samples.interaction(steps=frozenset({"consented@0.a"}))
        store.add_interaction(waiting)
        assert store.interaction(waiting.key, waiting.browser, END - INSTANT) == waiting
        assert store.interaction(waiting.key, waiting.browser, END) is None

    def test_an_interaction_does_not_exist_for_another_browser(self, store: Store) -> None:
        waiting, stranger = samples.interaction(), samples.key()
        store.add_interaction(waiting)
        assert store.interaction(waiting.key, stranger, NOW) is None
        assert not store.record_step(waiting.key, stranger, "consented@0.a", NOW)
        assert not store.consume_interaction(waiting.key, stranger, NOW)
        assert store.interaction(waiting.key, waiting.browser, NOW) == waiting

    def test_steps_add_up_however_often_they_are_recorded(self, store: Store) -> None:
        waiting = samples.interaction()
        store.add_interaction(waiting)
        # Each could be taken for a part or another spelling of the one before.
        steps = ["denied@0.ab_c", "denied@0.ab", "denied@0.aB", "denied@0.abxc", "ab"]
        for step in [*steps, *steps]:
            assert store.record_step(waiting.key, waiting.browser, step, NOW)
        assert store.interaction(waiting.key, waiting.browser, NOW) == replace(waiting, steps=frozenset(steps))

    def test_an_interaction_is_ended_once(self, store: Store) -> None:
        waiting, other = samples.interaction(), samples.interaction()
        store.add_interaction(waiting)
        store.add_interaction(other)
        assert store.consume_interaction(waiting.key, waiting.browser, NOW)
        assert not store.consume_interaction(waiting.key, waiting.browser, NOW)
        assert store.interaction(other.key, other.browser, NOW) == other

    def test_nothing_can_be_done_with_an_interaction_that_ended(self, store: Store) -> None:
        waiting = samples.interaction()
        store.add_interaction(waiting)
        store.consume_interaction(waiting.key, waiting.browser, NOW)
        assert store.interaction(waiting.key, waiting.browser, NOW) is None
        assert not store.record_step(waiting.key, waiting.browser, "consented@0.a", NOW)

    def test_nothing_can_be_done_with_an_interaction_that_expired(self, store: Store) -> None:
        waiting = samples.interaction()
        store.add_interaction(waiting)
        assert not store.record_step(waiting.key, waiting.browser, "consented@0.a", END)
        assert not store.consume_interaction(waiting.key, waiting.browser, END)

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_there_is_no_interaction_of_what_cannot_be(self, store: Store, text: str) -> None:
        waiting = samples.interaction()
        store.add_interaction(waiting)
        for key, browser in ((Key(text), waiting.browser), (waiting.key, Key(text))):
            assert store.interaction(key, browser, NOW) is None
            assert not store.record_step(key, browser, "consented@0.a", NOW)
            assert not store.consume_interaction(key, browser, NOW)

    # --- Signing keys

    def test_keys_come_oldest_first_in_whatever_state(self, store: Store) -> None:
        states = ("retired", "retiring", "active", "next")
        keys = [samples.signing_key(state=state, created=NOW + i * INSTANT) for i, state in enumerate(states)]
        for key in reversed(keys):
            assert store.add_key(key)
        assert store.keys() == keys

    @pytest.mark.parametrize("state", ["active", "next"])
    def test_an_algorithm_has_one_key_in_a_state(self, store: Store, state: str) -> None:
        first = samples.signing_key(state=state)
        assert store.add_key(first)
        assert not store.add_key(samples.signing_key(state=state))
        assert store.keys() == [first]
        assert store.add_key(samples.signing_key(state=state, alg="RS256"))

    @pytest.mark.parametrize("state", ["retiring", "retired"])
    def test_an_algorithm_has_any_number_of_old_keys(self, store: Store, state: str) -> None:
        assert store.add_key(samples.signing_key(state=state))
        assert store.add_key(samples.signing_key(state=state))

    def test_the_same_key_is_not_added_twice(self, store: Store) -> None:
        key = samples.signing_key()
        assert store.add_key(key)
        assert not store.add_key(replace(key, state="retired"))
        assert store.keys() == [key]

    def test_a_refused_key_does_not_end_the_unit(self, store: Store) -> None:
        authorization = samples.authorization()
        with store.unit():
            store.add_key(samples.signing_key())
            assert not store.add_key(samples.signing_key())
            store.add_authorization(authorization)
        assert store.authorization(authorization.id, NOW) == authorization

    # --- Clean-up

    @pytest.mark.parametrize("kind", EXPIRING)
    def test_clean_up_deletes_what_expired_before_the_grace_and_nothing_else(self, store: Store, kind: str) -> None:
        now = datetime.now(UTC)
        grace = timedelta(seconds=GRACE)
        for end in (now - 2 * grace, now - grace - timedelta(seconds=30)):
            add(store, kind, end)
        kept = [add(store, kind, end) for end in (now - grace + timedelta(seconds=30), now + timedelta(seconds=30))]
        assert store.delete_expired(kind, GRACE, 10) == 2
        assert store.delete_expired(kind, GRACE, 10) == 0
        assert [is_there(store, kind, record) for record in kept] == [True, True]

    @pytest.mark.parametrize("kind", EXPIRING)
    def test_clean_up_deletes_no_more_than_it_is_asked_to(self, store: Store, kind: str) -> None:
        for _ in range(5):
            add(store, kind, datetime.now(UTC) - timedelta(days=2))
        assert [store.delete_expired(kind, GRACE, 2) for _ in range(4)] == [2, 2, 1, 0]

    def test_clean_up_sweeps_only_the_kind_it_is_asked_to(self, store: Store) -> None:
        for kind in EXPIRING:
            add(store, kind, datetime.now(UTC) - timedelta(days=2))
        for kind in EXPIRING:
            assert store.delete_expired(kind, GRACE, 10) == 1

    def test_clean_up_deletes_spent_codes_too(self, store: Store) -> None:
        code = samples.code(expires=datetime.now(UTC) - timedelta(days=2))
        store.add_code(code)
        store.consume_code(code.key, CLIENT, code.expires - INSTANT)
        assert store.delete_expired("authorization_code", GRACE, 10) == 1
        assert store.code(code.key, CLIENT) is None

    def test_what_is_not_in_the_registry_cannot_be_swept(self, store: Store) -> None:
        with pytest.raises(KeyError):
            store.delete_expired("client", GRACE, 10)


def add(store: Store, kind: str, expires: datetime) -> Any:
    """A new record of a kind that expires; for a revocation, the id of what it voids."""
    record: Any
    match kind:
        case "authorization":
            store.add_authorization(record := samples.authorization(expires=expires))
        case "authorization_code":
            store.add_code(record := samples.code(expires=expires))
        case "consent":
            store.grant_consent(record := samples.consent(expires=expires))
        case "interaction":
            store.add_interaction(record := samples.interaction(expires=expires))
        case "revocation":
            store.revoke_authorization(record := samples.handle(), expires)
    return record


def is_there(store: Store, kind: str, record: Any) -> bool:
    """Whether a record that `add` made is still there, asked as of a time when it had not expired."""
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    match kind:
        case "authorization":
            return store.authorization(record.id, long_ago) is not None
        case "authorization_code":
            return store.code(record.key, CLIENT) is not None
        case "consent":
            return store.consent(record.subject, CLIENT, long_ago) is not None
        case "interaction":
            return store.interaction(record.key, record.browser, long_ago) is not None
    store.add_authorization(samples.authorization(id=record))
    return store.authorization(record, long_ago) is None
