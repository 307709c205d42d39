"""What every store has to do with clients."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, IDENTIFIERS, IMPOSSIBLE, INSTANT, LOGO, LOGO_NAME, NOW, AddClient
from tests.support.pictures import named, png
from tokens.protocol import permission
from tokens.protocol.records import Client, ClientSecret, Protection, ProtectionsSeen, Resource
from tokens.stores.base import Store

SECRET = ClientSecret("1", "a" * 64, None)


def held(store: Store, client_id: str = CLIENT) -> Client:
    client = store.clients.get(client_id)
    assert client is not None
    return client


ALIKE = (
    "unknown",
    CLIENT.upper(),
    f"{CLIENT} ",
    f" {CLIENT}",
    f"{CLIENT}<!-- -->",
    f"{CLIENT}\u0301",
    f"\uff10{CLIENT[1:]}",
)
"""Other ids, which somebody who cuts off, folds or normalizes takes for the client's."""


class ClientsSuite:
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
        client = store.clients.get(CLIENT)
        assert client is not None
        assert not client.enabled

    @pytest.mark.covers("CVE-2026-57580")
    @pytest.mark.parametrize("client_id", [*IMPOSSIBLE, *ALIKE])
    def test_a_client_is_known_by_its_exact_id_alone(self, store: Store, add_client: AddClient, client_id: str) -> None:
        add_client(samples.client())
        assert store.clients.get(client_id) is None

    def test_a_client_is_found_bare_unless_a_key_of_the_journal_is_void_for_what_it_was_given(
        self, store: Store, add_client: AddClient
    ) -> None:
        client = samples.client()
        add_client(client)
        keys = ["token:a", f"client:{CLIENT}"]
        bare = replace(client, secrets=(), resources=())
        assert store.clients.unless_void(CLIENT, keys, NOW) == bare
        assert store.clients.unless_void(CLIENT, [], NOW) == bare
        assert store.clients.unless_void("another", keys, NOW) is None
        store.journal.revoke_until(f"client:{CLIENT}", NOW, END)
        assert store.clients.unless_void(CLIENT, keys, NOW) is None
        assert store.clients.unless_void(CLIENT, keys, NOW + INSTANT) == bare
        store.journal.revoke("token:a", END)
        assert store.clients.unless_void(CLIENT, keys, NOW + INSTANT) is None
        assert store.clients.unless_void(CLIENT, ["token:A", *IMPOSSIBLE], NOW + INSTANT) == bare

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_a_client_that_cannot_be_is_not_found_whatever_is_void(self, store: Store, text: str) -> None:
        assert store.clients.unless_void(text, ["token:a"], NOW) is None

    def test_the_use_of_a_secret_is_noted_once_in_a_while(self, store: Store, add_client: AddClient) -> None:
        unused, used = ClientSecret("1", "a" * 64, None), ClientSecret("2", "b" * 64, END, NOW)
        add_client(samples.client(secrets=(unused, used)))
        pause = timedelta(minutes=5)

        def noted(digest: str, now: datetime) -> list[datetime | None]:
            store.clients.note_secret_use(CLIENT, digest * 64, now, pause)
            client = store.clients.get(CLIENT)
            assert client is not None
            return [secret.last_used for secret in client.secrets]

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

    @pytest.mark.parametrize("sent", ["pkce", "nonce", "neither"])
    def test_what_a_client_sends_is_noted_once_in_a_while(
        self, store: Store, add_client: AddClient, sent: Protection
    ) -> None:
        for name in (CLIENT, "another"):
            add_client(samples.client(client_id=name))
        pause = timedelta(days=1)

        def noted(now: datetime) -> ProtectionsSeen:
            store.clients.note_protection(CLIENT, sent, now, pause)
            return held(store).protections_seen

        before = held(store)
        assert noted(NOW) == ProtectionsSeen(**{sent: NOW})
        assert noted(NOW + pause - INSTANT) == ProtectionsSeen(**{sent: NOW})
        assert noted(NOW + pause) == ProtectionsSeen(**{sent: NOW + pause})
        assert noted(NOW) == ProtectionsSeen(**{sent: NOW + pause})
        # It is no change of the client's metadata, and stays where those are changed.
        assert held(store).updated == before.updated
        assert store.clients.change(replace(before, client_name="Another"), before.updated)
        assert held(store).protections_seen == ProtectionsSeen(**{sent: NOW + pause})
        assert held(store, "another").protections_seen == ProtectionsSeen()

    def test_that_notices_do_not_reach_a_client_is_news_once_until_they_do(
        self, store: Store, add_client: AddClient
    ) -> None:
        for name in (CLIENT, "another"):
            add_client(samples.client(client_id=name))
        assert not store.clients.note_logout(CLIENT, None)
        assert [store.clients.note_logout(CLIENT, NOW + i * INSTANT) for i in range(3)] == [True, False, False]
        failing = held(store)
        assert (failing.logout_failing_since, held(store, "another").logout_failing_since) == (NOW, None)
        assert [store.clients.note_logout(CLIENT, None) for _ in range(2)] == [True, False]
        assert store.clients.note_logout(CLIENT, NOW)
        assert store.clients.change(failing, failing.updated)
        assert held(store).logout_failing_since is None

    def test_of_a_client_that_is_not_there_nothing_is_noted(self, store: Store, add_client: AddClient) -> None:
        add_client(samples.client())
        for client_id in ("unknown", *IMPOSSIBLE):
            store.clients.note_protection(client_id, "pkce", NOW, timedelta())
            assert not store.clients.note_logout(client_id, NOW)
        assert held(store).protections_seen == ProtectionsSeen()
        assert held(store).logout_failing_since is None

    def test_a_client_is_added_once_with_all_that_it_is(self, store: Store) -> None:
        client = samples.client(resources=())
        assert store.clients.add(replace(client, protections_seen=ProtectionsSeen(pkce=NOW)))
        assert held(store) == client
        assert not store.clients.add(replace(client, client_name="Another"))
        assert held(store) == client
        assert len({secret.id for secret in held(store).secrets} - {""}) == len(client.secrets)

    def test_a_client_is_changed_by_who_saw_the_last_version(self, store: Store) -> None:
        store.clients.add(samples.client(resources=()))
        first = held(store)
        changed = replace(first, client_name="Another", default_max_age=None, scope=("email",), secrets=())
        assert store.clients.change(changed, first.updated)
        second = held(store)
        assert second == replace(changed, secrets=first.secrets)
        assert second.updated > first.updated
        assert not store.clients.change(replace(second, client_name="Late"), first.updated)
        assert held(store) == second
        assert not store.clients.change(samples.client(client_id="nobody"), second.updated)

    def test_a_deleted_client_is_gone_with_its_secrets(self, store: Store) -> None:
        store.clients.add(samples.client(resources=()))
        assert store.clients.delete(CLIENT)
        assert store.clients.get(CLIENT) is None
        assert not store.clients.delete(CLIENT)
        store.clients.add(samples.client(secrets=(), resources=()))
        assert held(store).secrets == ()

    def test_a_logo_is_kept_with_its_client_until_there_is_another(self, store: Store) -> None:
        other = png(colour=b"abc")
        store.clients.add(samples.client(logo=LOGO_NAME, fetched_logo=LOGO, resources=()))
        store.clients.add(samples.client(client_id="another", logo=LOGO_NAME, fetched_logo=LOGO, resources=()))
        assert (held(store).logo, held(store).fetched_logo, store.clients.logo(LOGO_NAME)) == (LOGO_NAME, b"", LOGO)
        assert store.clients.change(replace(held(store), client_name="Another"), held(store).updated)
        assert (held(store).logo, store.clients.logo(LOGO_NAME)) == (LOGO_NAME, LOGO)
        # Of one that was not fetched nothing is known but its name.
        assert not store.clients.change(replace(held(store), logo=named(other)), held(store).updated)
        changed = replace(held(store), logo=named(other), fetched_logo=other)
        assert not store.clients.change(changed, NOW)
        assert store.clients.logo(named(other)) is None
        assert store.clients.change(changed, held(store).updated)
        assert (held(store).logo, store.clients.logo(named(other))) == (named(other), other)
        assert store.clients.logo(LOGO_NAME) == LOGO, "the other client has it still"
        assert store.clients.delete("another")
        assert store.clients.logo(LOGO_NAME) is None
        assert store.clients.change(replace(held(store), logo=""), held(store).updated)
        assert (held(store).logo, store.clients.logo(named(other))) == ("", None)

    @pytest.mark.parametrize("name", ["", "nothing", LOGO_NAME, *IMPOSSIBLE])
    def test_a_logo_that_nobody_has_is_none(self, store: Store, name: str) -> None:
        store.clients.add(samples.client(resources=()))
        assert store.clients.logo(name) is None

    @pytest.mark.parametrize("client_id", IMPOSSIBLE)
    def test_a_client_that_cannot_be_is_not_written(self, store: Store, client_id: str) -> None:
        store.clients.add(samples.client(resources=()))
        assert not store.clients.delete(client_id)
        assert not store.clients.add_secret(client_id, SECRET, "")
        assert not store.clients.delete_secret(CLIENT, client_id)
        assert not store.clients.expire_secret(CLIENT, client_id, END, NOW)
        assert not store.clients.delete_secret(client_id, "1")
        assert len(held(store).secrets) == 2

    def test_who_is_about_to_change_a_client_finds_it_as_it_was_written(self, store: Store) -> None:
        store.resources.add(Resource(identifier="urn:stock", scope=("read",)), [])
        store.clients.add(samples.client(scope=("urn:stock#read",), resources=()))
        store.clients.note_protection(CLIENT, "pkce", NOW, timedelta())
        store.clients.note_secret_use(CLIENT, "a" * 64, NOW, timedelta())
        client = store.clients.of_id(CLIENT)
        assert client == held(store)
        assert (client.protections_seen.pkce, client.secrets[0].last_used) == (NOW, NOW)
        assert (client.updated, client.secrets[0].id) == (held(store).updated, held(store).secrets[0].id)
        assert client.resources_of_scope == held(store).resources_of_scope != ()
        assert store.clients.change(replace(client, client_name="Another"), client.updated)
        changed = store.clients.of_id(CLIENT)
        assert changed is not None
        assert changed.client_name == "Another"
        assert [store.clients.of_id(text) for text in ("unknown", *IMPOSSIBLE)] == [None] * (len(IMPOSSIBLE) + 1)

    def test_clients_are_found_page_by_page(self, store: Store) -> None:
        for name in ("c", "a", "d", "b"):
            store.clients.add(samples.client(client_id=name, client_name=f"Shop {name.upper()}", resources=()))
        pages = [store.clients.find("", after, 3) for after in ("", "c", "d")]
        assert [[client.client_id for client in page] for page in pages] == [["a", "b", "c"], ["d"], []]
        assert pages[0][0] == held(store, "a")

    def test_clients_are_found_by_id_or_a_part_of_the_name(self, store: Store) -> None:
        store.clients.add(samples.client(client_id="id-1", client_name="The Shop", resources=()))
        store.clients.add(samples.client(client_id="id-2", client_name="100% _a_ bank", resources=()))
        wanted = {"shop": ["id-1"], "id-2": ["id-2"], "id": [], "%": ["id-2"], "_a_": ["id-2"], "nothing": []}
        assert {text: [each.client_id for each in store.clients.find(text, "", 9)] for text in wanted} == wanted
        for text in ("\x00", "a\x00b", "\ud800", "x" * 10_000):
            assert store.clients.find(text, "", 9) == []

    def test_clients_are_found_by_their_ids_with_the_apis_of_their_scopes(self, store: Store) -> None:
        for name in ("urn:stock", "urn:other"):
            store.resources.add(Resource(identifier=name, scope=("read",)), [])
        for name, scope in (("c", "urn:stock#read"), ("a", "urn:gone#read"), ("b", "urn:other#read"), ("d", "openid")):
            store.clients.add(samples.client(client_id=name, scope=(scope,), resources=(), enabled=name != "c"))
        found = store.clients.named(["d", "c", "unknown", "a", "c", *IMPOSSIBLE])
        assert found == [replace(held(store, name), secrets=(), resources=()) for name in ("a", "c", "d")]
        apis = [[each.identifier for each in client.resources_of_scope] for client in found]
        assert apis == [[], ["urn:stock"], []]
        assert store.clients.named([]) == []

    def test_clients_are_found_by_a_scope_that_they_may_have(self, store: Store) -> None:
        for name, scope in (("b", ("orders:read", "email")), ("a", ("orders:read",)), ("c", ("orders",)), ("d", ())):
            store.clients.add(samples.client(client_id=name, scope=scope, resources=()))
        assert [client.client_id for client in store.clients.of_scope(["orders:read", "other"])] == ["a", "b"]
        assert store.clients.of_scope([]) == []

    @pytest.mark.parametrize("identifier", IDENTIFIERS)
    def test_clients_are_found_by_a_scope_of_an_api(self, store: Store, identifier: str) -> None:
        for number, other in enumerate(IDENTIFIERS):
            scope = (permission.of(other, "read"),)
            store.clients.add(samples.client(client_id=f"c{number:02}", scope=scope, resources=()))
        [client] = store.clients.of_scope([permission.of(identifier, "read"), permission.of(identifier, "write")])
        assert client.scope == (permission.of(identifier, "read"),)
        assert store.clients.of_scope([permission.of(identifier, "rea")]) == []

    def test_a_secret_is_added_to_those_that_were_seen(self, store: Store) -> None:
        store.clients.add(samples.client(secrets=(), resources=()))
        assert store.clients.add_secret(CLIENT, SECRET, "")
        assert not store.clients.add_secret(CLIENT, SECRET, "")
        [first] = held(store).secrets
        second = ClientSecret("2", "b" * 64, END)
        assert store.clients.add_secret(CLIENT, second, first.id)
        assert held(store).secrets == (SECRET, second)
        assert not store.clients.add_secret("nobody", SECRET, "")

    def test_a_secret_ends_when_it_is_told_to_and_stays_so(self, store: Store) -> None:
        store.clients.add(samples.client(secrets=(SECRET, ClientSecret("2", "b" * 64, None)), resources=()))
        first, second = held(store).secrets
        assert store.clients.expire_secret(CLIENT, first.id, END, NOW)
        assert store.clients.expire_secret(CLIENT, first.id, None, END - INSTANT)
        assert store.clients.expire_secret(CLIENT, first.id, END, NOW)
        assert not store.clients.expire_secret(CLIENT, first.id, None, END)
        assert held(store).secrets == (replace(first, expires=END), second)

    def test_a_secret_is_its_own_clients(self, store: Store) -> None:
        for name in "ab":
            store.clients.add(samples.client(client_id=name, secrets=(SECRET,), resources=()))
        [secret] = held(store, "a").secrets
        assert not store.clients.expire_secret("b", secret.id, END, NOW)
        assert not store.clients.delete_secret("b", secret.id)
        assert store.clients.delete_secret("a", secret.id)
        assert not store.clients.delete_secret("a", secret.id)
        assert (held(store, "a").secrets, held(store, "b").secrets) == ((), (SECRET,))
