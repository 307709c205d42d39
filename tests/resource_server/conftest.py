"""A project with an API of its own, and tokens for it."""

from dataclasses import replace

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.resource_server.world import API, World
from tests.support.builders import register
from tests.support.endpoints import post, tokens_of
from tests.support.fixtures import alice, anybody, browser, down, pairs, signing_keys
from tests.support.messages import TOKEN, basic
from tokens.conf import conf

__all__ = ["alice", "anybody", "browser", "down", "pairs", "signing_keys"]  # fixtures that hold here too


@pytest.fixture(autouse=True)
def project(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.resource_server.api"
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, "tokens.resource_server.AccessTokenBackend"]


@pytest.fixture
def everywhere(settings: Settings) -> None:
    """The toolkit's middleware around every view, which the checks refuse; what comes first meets everything."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "oauth2_provider.middleware.OAuth2TokenMiddleware"]


@pytest.fixture
def named(settings: Settings) -> None:
    """The API has a name of its own."""
    settings.TOKENS = replace(conf(), resource=(API, "urn:example:other"))


@pytest.fixture
def world(alice: User, anybody: Client) -> World:
    client = register(
        skip_consent=True,
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        scope="openid songs",
    )
    held = tokens_of(anybody, client, alice.pk, scope=("openid", "songs"))
    form = {"grant_type": "client_credentials", "scope": "songs"}
    machine = post(anybody, TOKEN, form, basic(client.client_id, client.client_secret)).json()["access_token"]
    return World(alice, client, held, machine)
