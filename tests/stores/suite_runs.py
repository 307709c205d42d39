"""What every store has to do with claims of scheduled work."""

import time
from datetime import timedelta

import pytest

from tests.stores import samples
from tokens.protocol.records import Claim, TaskReport
from tokens.stores.base import Store

HOUR = 3600.0
KEPT = timedelta(days=1)
LONG_AGO = -1.0
"""A hold that ran out before it began."""


class RunsSuite:
    def test_a_run_is_claimed_once_an_interval(self, store: Store) -> None:
        claim = store.claim_run("task", HOUR, 60, KEPT, "a node")
        assert claim == Claim("task", 1)
        assert store.claim_run("task", HOUR, 60, KEPT, "another") is None
        assert store.claim_run("another", HOUR, 60, KEPT, "another") == Claim("another", 1)
        assert store.finish_run(claim, {}, "")
        assert store.claim_run("task", HOUR, 60, KEPT, "another") is None

    def test_a_task_is_claimed_anew_in_the_next_interval_but_not_while_it_is_done(self, store: Store) -> None:
        first = store.claim_run("task", 0.05, 60, KEPT, "a node")
        assert first is not None
        time.sleep(0.06)
        assert store.claim_run("task", 0.05, 60, KEPT, "another") is None
        assert store.finish_run(first, {}, "")
        assert store.claim_run("task", 0.05, 60, KEPT, "another") == Claim("task", 2)

    def test_a_claim_that_ran_out_goes_to_another_and_is_void(self, store: Store) -> None:
        stale = store.claim_run("task", HOUR, LONG_AGO, KEPT, "a node")
        assert stale is not None
        fresh = store.claim_run("task", HOUR, 60, KEPT, "another")
        assert fresh == Claim("task", 2)
        assert not store.hold_run(stale, 60)
        assert not store.finish_run(stale, {"rows": 1}, "")
        assert store.hold_run(fresh, 60)
        assert store.tasks() == [TaskReport(task="task", runs=2, failures=0)]
        assert store.finish_run(fresh, {}, "")

    def test_a_claim_that_ran_out_still_holds_while_nobody_took_it(self, store: Store) -> None:
        claim = store.claim_run("task", HOUR, LONG_AGO, KEPT, "a node")
        assert claim is not None
        assert store.hold_run(claim, 60)
        assert store.claim_run("task", HOUR, 60, KEPT, "another") is None

    def test_what_is_finished_is_not_held_or_finished_again(self, store: Store) -> None:
        claim = store.claim_run("task", HOUR, 60, KEPT, "a node")
        assert claim is not None
        assert store.finish_run(claim, {"rows": 1}, "")
        assert not store.hold_run(claim, 60)
        assert not store.finish_run(claim, {"rows": 2}, "an error")
        [report] = store.tasks()
        assert (report.rows, report.failures) == ({"rows": 1}, 0)

    @pytest.mark.parametrize("claim", [Claim("unknown", 1), Claim("task", 0), Claim("task", 2)])
    def test_what_was_never_claimed_is_not_held(self, store: Store, claim: Claim) -> None:
        store.claim_run("task", HOUR, 60, KEPT, "a node")
        assert not store.hold_run(claim, 60)
        assert not store.finish_run(claim, {}, "")

    def test_a_step_is_written_by_whoever_holds_the_claim_alone(self, store: Store) -> None:
        stale = store.claim_run("task", HOUR, LONG_AGO, KEPT, "a node")
        fresh = store.claim_run("task", HOUR, 60, KEPT, "another")
        assert stale is not None
        assert fresh is not None
        codes = [samples.code(), samples.code()]
        for claim, code in zip((stale, fresh), codes, strict=True):
            store.in_unit(lambda claim=claim, code=code: store.hold_run(claim, 60) and store.add_code(code))  # type: ignore[misc]
        assert [store.code(code.key, samples.CLIENT) for code in codes] == [None, codes[1]]

    def test_a_task_is_told_by_its_last_success_and_all_its_failures(self, store: Store) -> None:
        assert store.tasks() == []
        for task, error in (("b", ""), ("a", "OperationalError"), ("b", "X" * 1000), ("c", "")):
            claim = store.claim_run(task, 0.01, 60, KEPT, "node" * 100)
            assert claim is not None
            if task != "c":
                assert store.finish_run(claim, {"rows": 3}, error)
            time.sleep(0.02)
        a, b, c = store.tasks()
        assert a == TaskReport(task="a", runs=1, failures=1)
        assert c == TaskReport(task="c", runs=1, failures=0)
        assert (b.runs, b.failures, b.rows) == (2, 1, {"rows": 3})
        assert b.success_age is not None
        assert 0.04 < b.success_age < 10
        assert 0 <= b.duration < b.success_age
