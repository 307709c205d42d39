"""What every store has to do with the leases of scheduled tasks."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.stores import samples
from tests.stores.samples import IMPOSSIBLE
from tokens.protocol.records import RunLease, TaskReport
from tokens.stores.base import Store
from tokens.stores.base.runs import CAME_TOO_LATE

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
KEPT = timedelta(days=1)
LONG_AGO = timedelta(seconds=-1)
"""A hold that ran out before it began."""


class RunsSuite:
    def test_a_run_is_claimed_once_an_interval(self, store: Store) -> None:
        claim = store.runs.claim("task", HOUR, MINUTE, KEPT, "a node")
        assert claim == RunLease("task", 1)
        assert store.runs.claim("task", HOUR, MINUTE, KEPT, "another") is None
        assert store.runs.claim("another", HOUR, MINUTE, KEPT, "another") == RunLease("another", 1)
        assert store.runs.finish(claim, {}, "")
        assert store.runs.claim("task", HOUR, MINUTE, KEPT, "another") is None

    def test_a_task_is_claimed_anew_in_the_next_interval_but_not_while_it_is_done(self, store: Store) -> None:
        first = store.runs.claim("task", timedelta(seconds=0.05), MINUTE, KEPT, "a node")
        assert first is not None
        time.sleep(0.06)  # the clock is the store's own: it is in the next interval now
        assert store.runs.claim("task", timedelta(seconds=0.05), MINUTE, KEPT, "another") is None
        assert store.runs.finish(first, {}, "")
        assert store.runs.claim("task", timedelta(seconds=0.05), MINUTE, KEPT, "another") == RunLease("task", 2)

    def test_a_claim_that_ran_out_goes_to_another_and_is_void(self, store: Store) -> None:
        stale = store.runs.claim("task", HOUR, LONG_AGO, KEPT, "a node")
        assert stale is not None
        fresh = store.runs.claim("task", HOUR, MINUTE, KEPT, "another")
        assert fresh == RunLease("task", 2)
        assert not store.runs.hold(stale, MINUTE)
        assert not store.runs.finish(stale, {"rows": 1}, "")
        assert store.runs.hold(fresh, MINUTE)
        assert store.runs.tasks() == [TaskReport(task="task", runs=2, failures=0)]
        assert store.runs.finish(fresh, {}, "")

    def test_a_claim_that_ran_out_still_holds_while_nobody_took_it(self, store: Store) -> None:
        claim = store.runs.claim("task", HOUR, LONG_AGO, KEPT, "a node")
        assert claim is not None
        assert store.runs.hold(claim, MINUTE)
        assert store.runs.claim("task", HOUR, MINUTE, KEPT, "another") is None

    def test_what_is_finished_is_not_held_or_finished_again(self, store: Store) -> None:
        claim = store.runs.claim("task", HOUR, MINUTE, KEPT, "a node")
        assert claim is not None
        assert store.runs.finish(claim, {"rows": 1}, "")
        assert not store.runs.hold(claim, MINUTE)
        assert not store.runs.finish(claim, {"rows": 2}, "an error")
        [report] = store.runs.tasks()
        assert (report.rows, report.failures) == ({"rows": 1}, 0)

    @pytest.mark.parametrize("claim", [RunLease("unknown", 1), RunLease("task", 0), RunLease("task", 2)])
    def test_what_was_never_claimed_is_not_held(self, store: Store, claim: RunLease) -> None:
        store.runs.claim("task", HOUR, MINUTE, KEPT, "a node")
        assert not store.runs.hold(claim, MINUTE)
        assert not store.runs.finish(claim, {}, "")

    def test_a_step_is_written_by_whoever_holds_the_claim_alone(self, store: Store) -> None:
        stale = store.runs.claim("task", HOUR, LONG_AGO, KEPT, "a node")
        fresh = store.runs.claim("task", HOUR, MINUTE, KEPT, "another")
        assert stale is not None
        assert fresh is not None
        codes = [samples.code(), samples.code()]
        for claim, code in zip((stale, fresh), codes, strict=True):
            store.in_unit(lambda claim=claim, code=code: store.runs.hold(claim, MINUTE) and store.codes.add(code))  # type: ignore[misc]
        assert [store.codes.get(code.key, samples.CLIENT) for code in codes] == [None, codes[1]]

    def test_a_task_is_told_by_its_last_success_and_all_its_failures(self, store: Store) -> None:
        assert store.runs.tasks() == []
        for task, error in (("b", ""), ("a", "OperationalError"), ("b", "X" * 1000), ("c", "")):
            claim = store.runs.claim(task, timedelta(seconds=0.01), MINUTE, KEPT, "node" * 100)
            assert claim is not None
            if task != "c":
                assert store.runs.finish(claim, {"rows": 3}, error)
            time.sleep(0.02)  # the same: the next interval has begun
        a, b, c = store.runs.tasks()
        assert a == TaskReport(task="a", runs=1, failures=1)
        assert c == TaskReport(task="c", runs=1, failures=0)
        assert (b.runs, b.failures, b.rows) == (2, 1, {"rows": 3})
        assert b.success_age is not None
        assert 0.04 < b.success_age < 10
        assert 0 <= b.duration < b.success_age

    def test_support_finds_the_runs_of_a_task_page_by_page_the_newest_first(self, store: Store) -> None:
        for task in ("task", "task", "task", "task of another kind"):
            assert store.runs.claim(task, HOUR, LONG_AGO, KEPT, "a node") is not None
        whole = store.runs.of_task("task", 10)
        assert [(each.task, each.epoch, each.node) for each in whole] == [
            ("task", epoch, "a node") for epoch in (3, 2, 1)
        ]
        assert store.runs.of_task("task", 2) == whole[:2]
        assert store.runs.of_task("task", 2, after=2) == whole[2:]
        assert store.runs.of_task("task", 2, after=1) == []
        [first, *_] = whole
        assert (first.finished, first.rows, first.error, first.expires - first.started) == (None, {}, "", KEPT)
        begun = datetime.fromtimestamp(first.slot * HOUR.total_seconds(), UTC)
        assert begun - MINUTE < first.started < begun + HOUR + MINUTE

    def test_support_is_told_what_became_of_a_run(self, store: Store) -> None:
        first, late, failed = (store.runs.claim("task", HOUR, LONG_AGO, KEPT, "a node") for _ in range(3))
        assert first is not None
        assert late is not None
        assert failed is not None
        assert not store.runs.finish(late, {"rows": 2}, "")
        assert store.runs.finish(failed, {"rows": 1}, "OperationalError")
        assert not store.runs.finish(failed, {}, "again")
        told = [(each.epoch, dict(each.rows), each.error) for each in store.runs.of_task("task", 10)]
        assert told == [(3, {"rows": 1}, "OperationalError"), (2, {"rows": 2}, CAME_TOO_LATE), (1, {}, "")]
        finished = [each.finished for each in store.runs.of_task("task", 10)]
        assert [each is not None for each in finished] == [True, True, False]

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_support_finds_no_runs_of_what_cannot_be(self, store: Store, text: str) -> None:
        store.runs.claim("task", HOUR, MINUTE, KEPT, "a node")
        assert store.runs.of_task(text, 10) == []
