"""What nodes that fitted the database left word of, on a real server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.ground.dynamodb.client import client_of
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from tests.stores.dynamodb.own import Settings
from tests.stores.samples import END, NOW
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.fits import Fits
from tokens.stores.dynamodb.readiness import checks

DIGEST = "d" * 64
Clock = Callable[[], datetime]


def here() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def state(own: Settings) -> Callable[[Clock], State]:
    return lambda clock: State(Service(client_of(own(), 1)), own().prefix, "0", clock)


@pytest.fixture
def made(operator: Any, own: Settings) -> None:
    Tables(operator, own()).create()


@pytest.mark.usefixtures("made")
def test_it_is_believed_until_its_end_and_never_for_less_long(state: Callable[[Clock], State]) -> None:
    fits = Fits(state(here))
    assert not fits.are_known(DIGEST, NOW)
    fits.note(DIGEST, END)
    fits.note(DIGEST, END - timedelta(hours=1))
    assert fits.are_known(DIGEST, END - timedelta(microseconds=1))
    assert not fits.are_known(DIGEST, END)
    assert not fits.are_known("e" * 64, NOW)


@pytest.mark.usefixtures("made")
def test_a_node_is_told_of_tables_and_of_its_clock(state: Callable[[Clock], State]) -> None:
    good, late = checks(state(here)), checks(state(lambda: here() - timedelta(minutes=1)))
    assert {name: check() for name, check in good.items()} == {"store": None, "store's clock": None}
    assert late["store"]() is None
    assert str(late["store's clock"]()).endswith(" s off the service's")


def test_tables_that_are_missing_are_said_to_be(state: Callable[[Clock], State]) -> None:
    assert str(checks(state(here))["store"]()).startswith("IDP_DYNAMODB_PREFIX: there is no such table")
