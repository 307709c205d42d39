"""What every store has to do with clients."""

from datetime import datetime, timedelta

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, IMPOSSIBLE, INSTANT, NOW, AddClient
from tokens.protocol.records import ClientSecret
from tokens.stores.base import Store


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
