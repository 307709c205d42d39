"""Where the service takes away what ended, there is no clean-up of it, and no metric that claims a lag."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.ground.dynamodb.conf import DynamoDB
from tokens import stores
from tokens.stores.base.kinds import EXPIRING
from tokens.work import cleanup, orphans, schedule

NOBODY = DynamoDB(region="eu-central-1", endpoint="http://127.0.0.1:1")
"""Where nobody answers: whatever asks would fail."""
TOKEN = "a token of metrics"


@pytest.fixture
def unswept(settings: Settings) -> Iterator[None]:
    stores._of_path.cache_clear()
    settings.DYNAMODB, settings.TOKENS = NOBODY, replace(settings.TOKENS, store="dynamodb")
    yield
    stores._of_path.cache_clear()


@pytest.mark.usefixtures("unswept", "db")
def test_clean_up_looks_at_what_is_in_the_database_and_at_nothing_else() -> None:
    assert {*cleanup.delete_expired(whole=True, seconds=math.inf)} == {*sessions.sweeps()}
    assert orphans.delete_orphans() == {}
    assert {*schedule.lag()} == {*sessions.sweeps()}
    assert schedule.orphans_lag() == {}


@pytest.mark.usefixtures("unswept", "db")
def test_metrics_name_no_kind_of_the_store(settings: Settings, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "reports", list)
    settings.METRICS_TOKEN = TOKEN
    told = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert told.status_code == 200
    lines = [line for line in told.text.splitlines() if line.startswith(("idp_cleanup_lag", "idp_orphans_lag"))]
    assert lines
    assert [line for line in lines for kind in EXPIRING if f'"{kind}"' in line] == []
