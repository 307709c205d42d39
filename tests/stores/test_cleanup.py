"""Clean-up: the function and the command."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.stores.kinds import add
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
    assert cleanup.delete_expired(batch=2) == {**swept, "session or throttle": 0}
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


def test_the_kinds_take_turns_so_that_a_backlog_holds_up_none(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, order = {"child": 5, "parent": 1}, []

    def sweep(kind: str) -> Callable[[int], int]:
        def batch(limit: int) -> int:
            order.append(kind)
            deleted = min(limit, rows[kind])
            rows[kind] -= deleted
            return deleted

        return batch

    monkeypatch.setattr(cleanup, "_sweeps", lambda: {kind: sweep(kind) for kind in rows})
    assert cleanup.delete_expired(batch=2) == {"child": 5, "parent": 1}
    assert order == ["child", "parent", "child", "child"]


@pytest.mark.django_db
def test_the_command_prints_what_it_deleted() -> None:
    add(store(), "consent", datetime.now(UTC) - LONG_AGO)
    add(store(), "revocation", datetime.now(UTC) - LONG_AGO)
    assert [printed(), printed()] == ["deleted 1 consent, 1 revocation\n", "nothing had expired\n"]


def printed() -> str:
    call_command("cleanup", stdout=(output := StringIO()))
    return output.getvalue()
