"""Notices that are claimed beside a snapshot that is held, by a nightly dump say: a claim moves `due`, and the place
that it left lies in the index until the snapshot ends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.stores.test_held_snapshot import held, pages
from tokens.models import LogoutDelivery
from tokens.stores.orm import orm_store

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.sql("it counts the pages of its index")]

ROWS = 1000
LEASE = timedelta(hours=1)
CLIENT = "0.a-client"


@pytest.fixture(autouse=True)
def _held(committed: None) -> Iterator[None]:
    """A transaction that began before any notice was claimed, and ends after the test."""
    begin = datetime.now(UTC) - timedelta(days=1)
    LogoutDelivery.objects.bulk_create(
        LogoutDelivery(
            client_id=CLIENT,
            subject="00000000-0000-4000-8000-000000000001",
            created=begin,
            due=begin + timedelta(seconds=number),
        )
        for number in range(ROWS)
    )
    with held(LogoutDelivery):
        yield
    LogoutDelivery.objects.all().delete()


def looked_at(*, on: bool) -> list[int]:
    """Pages that each claim looks at. `on`: whether each goes on where the one before was."""
    outbox, since, claimed = orm_store().outbox, None, set[str]()
    with pages() as looked:
        while (notice := outbox.claim(CLIENT, LEASE, since)) is not None:
            claimed.add(notice.id)
            since = notice.due if on else None
    assert len(claimed) == ROWS
    # The last one finds none.
    return looked[:-1]


def test_a_claim_looks_at_no_more_pages_than_the_first_one_did() -> None:
    looked = looked_at(on=True)
    assert max(looked) <= 2 * looked[0], looked


def test_who_begins_at_the_beginning_looks_at_all_that_was_claimed() -> None:
    """So the count above counts something."""
    looked = looked_at(on=False)
    assert max(looked) > 2 * looked[0], looked
