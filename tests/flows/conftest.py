"""Two people, a client, signing keys, and a browser."""

from datetime import UTC, datetime

import pytest

from accounts.models import User
from tests.support.browser import Browser
from tests.support.builders import register
from tests.support.held import add_keys
from tests.support.messages import Registered
from tests.support.people import PASSWORD
from tokens import keys
from tokens.protocol.records import SigningKey
from tokens.stores import store


@pytest.fixture(scope="session")
def _made_keys() -> list[SigningKey]:
    """Filled by the first test that needs them: an RSA key takes longer to make than a test to run."""
    return []


@pytest.fixture(autouse=True)
def _signing_keys(db: None, _made_keys: list[SigningKey]) -> None:
    keys._made.cache_clear()
    add_keys(_made_keys)
    if not _made_keys:
        keys.create_missing(datetime.now(UTC))
        _made_keys += store().keys.all()


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
