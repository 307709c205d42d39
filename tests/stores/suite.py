"""What every store has to do: one suite, run on each of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, GRACE, IMPOSSIBLE, INSTANT, NOW
from tests.stores.suite_journal import JournalSuite
from tests.stores.suite_keys import KeysSuite
from tests.stores.suite_one_time import OneTimeSuite
from tests.stores.suite_orphans import OrphansSuite
from tests.stores.suite_outbox import OutboxSuite, claimed, owe, wanting
from tests.stores.suite_runs import RunsSuite
from tokens.protocol import journal
from tokens.protocol.records import Client, ClientSecret, LogoutDelivery, Resource
from tokens.stores.base import Store
from tokens.stores.base.kinds import EXPIRING

AddClient = Callable[[Client], None]
AddResource = Callable[[Resource], None]


class StoreSuite(JournalSuite, KeysSuite, OneTimeSuite, OutboxSuite, RunsSuite, OrphansSuite):
    # --- Clients

    def test_a_client_is_found_with_all_its_metadata_and_secrets(self, store: Store, add_client: AddClient) -> None:
        client = samples.client()
        add_client(client)
        add_client(samples.client(client_id="another"))
        assert store.clients.get(CLIENT) == client

    def test_a_client_without_secrets_is_found(self, store: Store, add_client: AddClient) -> None:
        client = samples.client(token_endpoint_auth_method="none", secrets=(), redirect_uris=(), scope=())
        add_client(client)
        assert store.clients.get(CLIENT) == client

    def test_a_client_says_nothing_about_what_it_was_not_asked(self, store: Store, add_client: AddClient) -> None:
        client = samples.client(
            jwks=None,
            jwks_uri="",
            rotate_refresh_tokens=None,
            token_endpoint_auth_signing_alg="",
            post_logout_redirect_uris=(),
            resources=(),
            subject_type="public",
            sector_identifier_uri="",
            userinfo_signed_response_alg="",
            default_max_age=None,
            default_resource=(),
        )
        add_client(client)
        assert store.clients.get(CLIENT) == client

    def test_secrets_that_are_alike_and_shared_resources_are_each_clients_own(
        self, store: Store, add_client: AddClient
    ) -> None:
        secret = ClientSecret("1", "a" * 64, None)
        clients = [
            samples.client(secrets=(secret, secret)),
            samples.client(client_id="another", resources=("urn:c",)),
            samples.client(client_id="none", secrets=()),
        ]
        for client in clients:
            add_client(client)
        assert [store.clients.get(client.client_id) for client in clients] == clients

    def test_a_disabled_client_is_found(self, store: Store, add_client: AddClient) -> None:
        add_client(samples.client(enabled=False))
        found = store.clients.get(CLIENT)
        assert found is not None
        assert not found.enabled

    @pytest.mark.covers("CVE-2026-57580")
    @pytest.mark.parametrize("client_id", [*IMPOSSIBLE, "unknown", CLIENT.upper(), f"{CLIENT} "])
    def test_a_client_is_known_by_its_exact_id_alone(self, store: Store, add_client: AddClient, client_id: str) -> None:
        add_client(samples.client())
        assert store.clients.get(client_id) is None

    def test_the_use_of_a_secret_is_noted_once_in_a_while(self, store: Store, add_client: AddClient) -> None:
        unused, used = ClientSecret("1", "a" * 64, None), ClientSecret("2", "b" * 64, END, NOW)
        add_client(samples.client(secrets=(unused, used)))
        pause = timedelta(minutes=5)

        def noted(digest: str, now: datetime) -> list[datetime | None]:
            store.clients.note_secret_use(CLIENT, digest * 64, now, pause)
            found = store.clients.get(CLIENT)
            assert found is not None
            return [secret.last_used for secret in found.secrets]

        later = NOW + pause
        assert noted("a", NOW - pause) == [NOW - pause, NOW]
        assert noted("b", later - INSTANT) == [NOW - pause, NOW]
        assert noted("b", later) == [NOW - pause, later]
        assert noted("b", NOW - 2 * pause) == [NOW - pause, later]

    def test_the_use_of_a_secret_is_noted_at_its_own_client_alone(self, store: Store, add_client: AddClient) -> None:
        clients = [samples.client(client_id=name, secrets=(ClientSecret("1", "a" * 64, None),)) for name in "ab"]
        for client in clients:
            add_client(client)
        for client_id, digest in (("a", "c" * 64), ("c", "a" * 64), ("", ""), ("a\x00", "a" * 64)):
            store.clients.note_secret_use(client_id, digest, NOW, timedelta())
        assert [store.clients.get(client.client_id) for client in clients] == clients

    # --- Resources

    def test_resources_are_found_by_their_identifiers_in_order(self, store: Store, add_resource: AddResource) -> None:
        orders, bare = samples.resource(), Resource(identifier="urn:bare", scope=())
        for resource in (bare, orders, samples.resource(identifier="https://api.example/other")):
            add_resource(resource)
        assert store.resources.named(["urn:bare", "urn:unknown", orders.identifier]) == [orders, bare]
        assert store.resources.named([]) == []

    @pytest.mark.parametrize("text", [*IMPOSSIBLE, "https://api.example/ORDERS", "https://api.example/orders "])
    def test_a_resource_is_known_by_its_exact_identifier_alone(
        self, store: Store, add_resource: AddResource, text: str
    ) -> None:
        add_resource(samples.resource())
        assert store.resources.named([text]) == []

    # --- Consents

    def test_a_consent_holds_until_it_expires(self, store: Store) -> None:
        consent = samples.consent()
        store.consents.grant(consent)
        assert store.consents.get(consent.subject, CLIENT, END - INSTANT) == consent
        assert store.consents.get(consent.subject, CLIENT, END) is None

    def test_a_consent_is_one_persons_for_one_client(self, store: Store) -> None:
        consent = samples.consent()
        store.consents.grant(consent)
        assert store.consents.get(consent.subject, "another", NOW) is None
        assert store.consents.get(samples.subject(), CLIENT, NOW) is None

    def test_a_new_consent_takes_the_place_of_the_old_one_under_its_id(self, store: Store) -> None:
        before, other = samples.consent(), samples.consent()
        after = replace(before, id=samples.handle(), scope=("openid", "email"), granted_at=NOW, expires=END + INSTANT)
        store.consents.grant(before)
        store.consents.grant(other)
        store.consents.grant(after)
        assert store.consents.get(before.subject, CLIENT, END) == replace(after, id=before.id)
        assert store.consents.get(other.subject, CLIENT, NOW) == other

    def test_a_consent_can_be_granted_again_after_it_expired(self, store: Store) -> None:
        before = samples.consent(expires=NOW - INSTANT)
        after = replace(before, id=samples.handle(), granted_at=NOW, expires=END)
        store.consents.grant(before)
        store.consents.grant(after)
        assert store.consents.get(before.subject, CLIENT, NOW) == replace(after, id=before.id)

    def test_a_withdrawn_consent_is_gone_and_others_are_not(self, store: Store) -> None:
        withdrawn, other = samples.consent(), samples.consent()
        store.consents.grant(withdrawn)
        store.consents.grant(other)
        store.consents.withdraw(withdrawn.id)
        store.consents.withdraw(withdrawn.id)
        assert store.consents.get(withdrawn.subject, CLIENT, NOW) is None
        assert store.consents.get(other.subject, CLIENT, NOW) == other

    def test_a_consent_after_one_that_was_withdrawn_has_an_id_of_its_own(self, store: Store) -> None:
        before = samples.consent()
        after = replace(before, id=samples.handle())
        store.consents.grant(before)
        store.consents.withdraw(before.id)
        store.consents.grant(after)
        store.consents.withdraw(before.id)
        assert store.consents.get(before.subject, CLIENT, NOW) == after

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_to_withdraw_what_cannot_be_does_nothing(self, store: Store, text: str) -> None:
        consent = samples.consent()
        store.consents.grant(consent)
        store.consents.withdraw(text)
        assert store.consents.get(consent.subject, CLIENT, NOW) == consent

    @pytest.mark.parametrize("text", [*IMPOSSIBLE, "alice"])
    def test_there_is_no_consent_of_what_cannot_be(self, store: Store, text: str) -> None:
        consent = samples.consent()
        store.consents.grant(consent)
        assert store.consents.get(text, CLIENT, NOW) is None
        assert store.consents.get(consent.subject, text, NOW) is None
        assert store.consents.get(consent.subject.upper(), CLIENT, NOW) is None

    # --- Units

    def test_a_unit_answers_what_its_work_does(self, store: Store) -> None:
        code = samples.code()
        assert store.in_unit(lambda: store.codes.add(code))
        assert store.codes.get(code.key, CLIENT) == code

    # --- Clean-up

    @pytest.mark.parametrize("kind", EXPIRING)
    def test_clean_up_deletes_what_expired_before_the_grace_and_nothing_else(self, store: Store, kind: str) -> None:
        now = datetime.now(UTC)
        grace = timedelta(seconds=GRACE)
        for end in (now - 2 * grace, now - grace - timedelta(seconds=30)):
            add(store, kind, end)
        kept = [add(store, kind, end) for end in (now - grace + timedelta(seconds=30), now + timedelta(seconds=30))]
        assert store.sweeping.delete_expired(kind, GRACE, 10) == 2
        assert store.sweeping.delete_expired(kind, GRACE, 10) == 0
        assert [is_there(store, kind, record) for record in kept] == [True, True]

    @pytest.mark.parametrize("kind", EXPIRING)
    def test_clean_up_deletes_no_more_than_it_is_asked_to(self, store: Store, kind: str) -> None:
        for _ in range(5):
            add(store, kind, datetime.now(UTC) - timedelta(days=2))
        assert [store.sweeping.delete_expired(kind, GRACE, 2) for _ in range(4)] == [2, 2, 1, 0]

    def test_clean_up_sweeps_only_the_kind_it_is_asked_to(self, store: Store) -> None:
        for kind in EXPIRING:
            add(store, kind, datetime.now(UTC) - timedelta(days=2))
        for kind in EXPIRING:
            assert store.sweeping.delete_expired(kind, GRACE, 10) == 1

    def test_clean_up_deletes_spent_codes_too(self, store: Store) -> None:
        code = samples.code(expires=datetime.now(UTC) - timedelta(days=2))
        store.codes.add(code)
        store.codes.consume(code.key, CLIENT, code.expires - INSTANT)
        assert store.sweeping.delete_expired("authorization_code", GRACE, 10) == 1
        assert store.codes.get(code.key, CLIENT) is None

    @pytest.mark.parametrize("kind", EXPIRING)
    def test_the_lag_is_how_long_the_oldest_row_could_have_been_deleted(self, store: Store, kind: str) -> None:
        assert store.sweeping.lag(GRACE) == dict.fromkeys(EXPIRING, 0)
        now = datetime.now(UTC)
        add(store, kind, now - timedelta(seconds=GRACE - 60))
        assert store.sweeping.lag(GRACE) == dict.fromkeys(EXPIRING, 0)
        for late in (600, 60):
            add(store, kind, now - timedelta(seconds=GRACE + late))
        lag = store.sweeping.lag(GRACE)
        assert lag == {**dict.fromkeys(EXPIRING, 0), kind: lag[kind]}
        assert 599 <= lag[kind] < 660

    def test_what_is_not_in_the_registry_cannot_be_swept(self, store: Store) -> None:
        with pytest.raises(KeyError):
            store.sweeping.delete_expired("client", GRACE, 10)


def add(store: Store, kind: str, expires: datetime) -> Any:
    """A new record of a kind that expires; of an assertion or a revocation, what it is known by."""
    record: Any
    match kind:
        case "authorization":
            store.authorizations.add(record := samples.authorization(expires=expires, kept_until=None))
        case "authorization_code":
            store.codes.add(record := samples.code(expires=expires))
        case "consent":
            store.consents.grant(record := samples.consent(expires=expires))
        case "interaction":
            store.interactions.add(record := samples.interaction(expires=expires))
        case "client_assertion":
            store.client_assertions.use(CLIENT, record := samples.handle(), expires)
        case "access_token":
            store.access_tokens.add(record := samples.access_token(expires=expires))
        case "refresh_token":
            store.refresh_tokens.add(record := samples.refresh_token(expires=expires))
        case "run":
            record = samples.handle()
            claim = store.runs.claim(record, 60, 60, expires - datetime.now(UTC), "a node")
            assert claim is not None
            assert store.runs.finish(claim, {}, "")
        case "revocation":
            store.journal.revoke(record := journal.authorization(samples.handle()), expires)
        case "logout_delivery":
            record = _given_up(store, expires)
    return record


def _given_up(store: Store, expires: datetime) -> LogoutDelivery:
    from tests.stores import rows  # tables: racing processes import this before they have any

    if store.clients.get("told") is None:
        rows.add_client_to(store, wanting("told"))
    owe(store, "told")
    delivery = claimed(store, "told")
    store.outbox.close(delivery, "answered 400", expires, False)
    return delivery


def is_there(store: Store, kind: str, record: Any) -> bool:
    """Whether a record that `add` made is still there, asked as of a time when it had not expired."""
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    match kind:
        case "authorization":
            return store.authorizations.get(record.id, long_ago) is not None
        case "authorization_code":
            return store.codes.get(record.key, CLIENT) is not None
        case "consent":
            return store.consents.get(record.subject, CLIENT, long_ago) is not None
        case "interaction":
            return store.interactions.get(record.key, record.browser, long_ago) is not None
        case "client_assertion":
            return not store.client_assertions.use(CLIENT, record, END)
        case "access_token":
            return store.access_tokens.get(record.key, long_ago) is not None
        case "refresh_token":
            return store.refresh_tokens.get(record.key, CLIENT) is not None
        case "run":
            return any(report.task == record and report.success_age is not None for report in store.runs.tasks())
        case "logout_delivery":
            return store.outbox.reopen(record.id)
    return store.journal.revoked([record], long_ago)
