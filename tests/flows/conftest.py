"""Two people, a client, signing keys, and a browser."""

import pytest

from accounts.models import User
from tests.support.browser import Browser
from tests.support.builders import register
from tests.support.fixtures import pairs, signing_keys
from tests.support.messages import Registered
from tests.support.people import PASSWORD

__all__ = ["pairs", "signing_keys"]  # fixtures that hold here too


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", PASSWORD, name="Alice Liddell")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", "bob@example.org", PASSWORD)


@pytest.fixture
def client_app() -> Registered:
    return register(token_endpoint_auth_method="client_secret_post")


@pytest.fixture
def browser() -> Browser:
    return Browser()
