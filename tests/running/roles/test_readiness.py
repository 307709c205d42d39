"""The clock that /readyz compares with the database's."""

import time
from types import SimpleNamespace

import pytest

from idp.node import readiness


@pytest.mark.parametrize(
    ("before", "told", "after", "off"),
    [
        (100.0, 100.2, 100.5, 0.0),
        (100.0, 112.5, 100.5, 12.0),
        (100.0, 85.0, 100.5, -15.0),
        # A slow answer proves nothing: the clocks may well agree.
        (100.0, 104.0, 130.0, 0.0),
    ],
)
def test_a_clock_is_off_by_what_is_certain(before: float, told: float, after: float, off: float) -> None:
    assert readiness.skew(before, told, after) == pytest.approx(off)


@pytest.mark.django_db
@pytest.mark.parametrize(("ahead", "fault"), [(0, False), (8, False), (-8, False), (15, True), (-15, True)])
def test_a_node_more_than_ten_seconds_off_is_unready(ahead: int, fault: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(readiness, "time", SimpleNamespace(time=lambda: now() + ahead))
    said = readiness.clock()
    assert (said is not None) is fault
    assert said is None or said.endswith(" s off the database's")
