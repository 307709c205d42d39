"""One flow on DynamoDB, in every run; with `TEST_STORE=dynamodb` all of them are there."""

from datetime import UTC, datetime

import pytest

from accounts.models import User
from tests.flows.ends import send
from tests.support.browser import Browser, exchange, userinfo
from tests.support.dynamodb import on_dynamodb, own_tables
from tests.support.messages import TOKEN, Registered
from tokens import keys

__all__ = ["on_dynamodb", "own_tables"]


@pytest.fixture(autouse=True)
def signing_keys(db: None, on_dynamodb: None) -> None:
    """There, and not where the other tests of this folder have theirs."""
    keys._made.cache_clear()
    keys.create_missing(datetime.now(UTC))


def test_a_person_signs_in_the_client_refreshes_and_a_replayed_code_ends_it_all(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    code = browser.walk(client_app, scope="openid offline_access", prompt="consent")["code"]
    first = exchange(client_app, code).json()
    assert userinfo(first["access_token"]).json()["sub"] == str(alice.pk)

    second = send(client_app, TOKEN, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert userinfo(second["access_token"]).status_code == 200

    assert exchange(client_app, code).json()["error"] == "invalid_grant"
    assert userinfo(second["access_token"]).status_code == 401
    again = send(client_app, TOKEN, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again.json()["error"] == "invalid_grant"
