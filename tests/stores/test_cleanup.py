"""Clean-up: the function and the command."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from accounts import sessions, walks
from tests.stores.kinds import add
from tests.support.so_often import so_often
from tokens.stores import store
from tokens.stores.base.kinds import EXPIRING, KINDS
from tokens.work import cleanup

ROOT = Path(__file__).parents[2]
EVERY = "0.2"
NAME = "clean-up under test"
LONG_AGO = timedelta(days=3)
WaitFor = Callable[[str], None]


@pytest.mark.django_db
def test_clean_up_sweeps_every_kind_and_reports_how_much() -> None:
    for kind in EXPIRING:
        for _ in range(5):
            add(store(), kind, datetime.now(UTC) - LONG_AGO)
        add(store(), kind, datetime.now(UTC) - timedelta(hours=1))
    swept = {kind: 5 if KINDS[kind].told_after else 6 for kind in EXPIRING}
    assert cleanup.delete_expired(batch=2) == {**swept, **dict.fromkeys(sessions.sweeps(), 0)}
    assert set(cleanup.delete_expired().values()) == {0}


@pytest.mark.django_db
def test_what_a_stranger_can_make_us_keep_has_no_grace_and_is_late_at_once() -> None:
    without = [kind for kind in EXPIRING if not KINDS[kind].told_after]
    assert without == ["interaction", "client_assertion"]
    for kind in EXPIRING:
        add(store(), kind, datetime.now(UTC) - timedelta(hours=1))
    late = cleanup.lag()
    assert {kind for kind in EXPIRING if late[kind] > 0} == set(without)
    assert all(3600 <= late[kind] < 3700 for kind in without)
    cleanup.delete_expired()
    assert set(cleanup.lag().values()) == {0}


@pytest.mark.django_db
def test_clean_up_ends_with_its_time_and_when_it_is_told_to() -> None:
    add(store(), "consent", datetime.now(UTC) - LONG_AGO)
    assert set(cleanup.delete_expired(seconds=0).values()) == {0}
    assert set(cleanup.delete_expired(go_on=lambda: False).values()) == {0}


@pytest.mark.django_db
def test_a_run_begins_where_the_last_one_ended_and_what_came_late_goes_within_the_hour() -> None:
    now = datetime.now(UTC)
    for kind in EXPIRING:
        add(store(), kind, now - LONG_AGO)
    cleanup.delete_expired()
    for kind in EXPIRING:
        add(store(), kind, now - 2 * LONG_AGO)
        add(store(), kind, now - LONG_AGO + timedelta(seconds=1))
    swept = cleanup.delete_expired()
    assert {kind: swept[kind] for kind in EXPIRING} == dict.fromkeys(EXPIRING, 1)
    assert set(cleanup.lag().values()) == {0}, "it is measured from there"
    swept = cleanup.delete_expired(whole=True)
    assert {kind: swept[kind] for kind in EXPIRING} == dict.fromkeys(EXPIRING, 1)


@pytest.mark.django_db
def test_what_a_whole_run_had_no_time_for_the_next_ones_do() -> None:
    now = datetime.now(UTC)
    add(store(), "consent", now - LONG_AGO)
    cleanup.delete_expired()
    for hours in range(5):
        add(store(), "consent", now - 2 * LONG_AGO + timedelta(hours=hours))
    kinds = len(cleanup.delete_expired())
    assert cleanup.delete_expired(whole=True, batch=2, go_on=so_often(kinds))["consent"] == 2
    assert cleanup.lag()["consent"] > 0
    assert cleanup.delete_expired(batch=2)["consent"] == 3


@pytest.mark.django_db
def test_a_run_that_was_ended_too_early_is_gone_on_with() -> None:
    for hours in range(5):
        add(store(), "consent", datetime.now(UTC) - LONG_AGO + timedelta(hours=hours))
    kinds = len(cleanup.delete_expired(seconds=0))
    assert cleanup.delete_expired(batch=2, go_on=so_often(kinds))["consent"] == 2
    assert cleanup.delete_expired(batch=2)["consent"] == 3


@pytest.mark.django_db
def test_an_end_that_lies_in_the_future_is_no_place_to_begin_at() -> None:
    """The database's clock was wrong when it was noted."""
    ahead = datetime.now(UTC) + timedelta(days=365)
    assert walks.move(walks.Place(name="expired consent"), ahead.isoformat())
    add(store(), "consent", datetime.now(UTC) - LONG_AGO)
    assert cleanup.lag()["consent"] > 0
    assert cleanup.delete_expired()["consent"] == 1
    assert walks.places(["expired consent"])["expired consent"].at < ahead.isoformat()


@pytest.mark.django_db
def test_of_two_at_once_the_one_that_was_overtaken_leaves_the_place_as_it_is() -> None:
    now = datetime.now(UTC)
    ends = [now - LONG_AGO, now - LONG_AGO + timedelta(hours=1)]
    for end in ends:
        add(store(), "consent", end)

    def another() -> bool:
        """Deletes the first row, and all, before this one's first batch."""
        if cleanup.lag()["consent"] > 0:
            cleanup.delete_expired(batch=1)
        return True

    add(store(), "revocation", ends[0])
    assert cleanup.delete_expired(go_on=another)["consent"] == 0
    assert walks.places(["expired consent"])["expired consent"].at == ends[1].isoformat()


@pytest.mark.django_db
def test_how_far_a_walk_came_is_noted_now_and_then_though_its_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "NOTED", 1)
    ends = [datetime.now(UTC) - LONG_AGO + timedelta(hours=hours) for hours in range(3)]
    for end in ends:
        add(store(), "revocation", end)
    noted = list[str]()

    def go_on() -> bool:
        noted.append(walks.places(["expired revocation"])["expired revocation"].at)
        return True

    cleanup.delete_expired(batch=1, go_on=go_on)
    assert list(dict.fromkeys(noted)) == ["", *(end.isoformat() for end in ends)]


@pytest.mark.django_db
def test_a_batch_does_not_wait_for_the_disk() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL lets one transaction go without")
    add(store(), "consent", datetime.now(UTC) - LONG_AGO)
    assert cleanup.delete_expired()["consent"] == 1
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")  # of the test's own transaction, which holds that of the batch
        assert cursor.fetchone() == ("off",)


@pytest.mark.django_db
def test_the_command_prints_what_it_deleted() -> None:
    add(store(), "consent", datetime.now(UTC) - LONG_AGO)
    add(store(), "revocation", datetime.now(UTC) - LONG_AGO)
    assert [printed(), printed()] == ["deleted 1 consent, 1 revocation\n", "nothing had expired\n"]


def printed() -> str:
    call_command("cleanup", stdout=(output := StringIO()))
    return output.getvalue()
