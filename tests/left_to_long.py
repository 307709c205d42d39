"""What `manage.py test` leaves to `manage.py test --long`, which .ci/run calls: the rest takes 15 minutes on two cores.

A name stands for all tests whose ids begin with it. Whoever names a file or a folder gets all of its tests.
"""

from collections.abc import Iterable, Mapping

import pytest

DRILLS, CELERY = "tests/drills/test_drills.py::", "tests/work/test_celery.py::"
FAULTS = "drills that wait for a fault to be noticed, half a minute each"
PROGRAMS = "programs and APIs that install, start and verify others' libraries"
LIVES = "whole lives of `up`: started, killed, started again"
MACHINES = "nginx, units and nodes as they are deployed"
BEATS = "beats and workers that are killed, and what takes over after their locks"

LEFT: Mapping[str, tuple[str, ...]] = {
    FAULTS: (
        f"{DRILLS}test_a_worker_killed_at_any_step_gives_tokens_once_or_never",
        f"{DRILLS}test_a_redis_that_hangs_costs_a_moment_and_no_answer",
        f"{DRILLS}test_every_client_is_told_of_every_session_that_ended",
        f"{DRILLS}test_another_beat_leads_in_seconds",
        f"{DRILLS}test_a_beat_that_slept_through_its_lock",
        f"{DRILLS}test_what_two_beats_ask_for_is_done_once",
        f"{DRILLS}test_beats_come_back_with_their_schedule",
        f"{DRILLS}test_clean_ups_at_once_delete_nothing",
        f"{DRILLS}test_a_clean_up_whose_clock_is_ahead",
        f"{DRILLS}test_a_node_whose_clock_is_set",
        f"{DRILLS}test_a_clean_up_beside_a_snapshot",
        f"{DRILLS}test_a_locked_table_holds_up_nobody",
        f"{DRILLS}test_a_node_that_is_cut_off",
        f"{DRILLS}test_not_one_request_fails_while_the_next_build",
        f"{DRILLS}test_no_live_token_is_unverifiable",
        f"{DRILLS}test_a_primary_that_freezes",
        f"{DRILLS}test_connections_that_nobody_holds",
        f"{DRILLS}test_a_retry_at_a_node_whose_clock_is_off",
        f"{DRILLS}test_after_a_fail_over",
        f"{DRILLS}test_over_tables_of_another_build",
        f"{DRILLS}test_of_100_right_passwords",
        "tests/drills/test_on_dynamodb.py",
        "tests/keys/test_nodes.py",
    ),
    PROGRAMS: (
        "tests/outside/apis/",
        "tests/outside/connect/test_apache.py",
        "tests/outside/connect/test_in_a_browser.py",
        "tests/outside/connect/test_snippets.py::test_somebody_signs_in",
        "tests/outside/browser/test_interruptions.py::test_each_interruption_ends_at_the_application[",
    ),
    LIVES: (
        "tests/running/cluster/",
        "tests/running/dynamodb/",
        "tests/running/local/test_remembered.py",
        "tests/running/local/test_up_cluster.py",
        "tests/running/local/test_up_memory.py",
        "tests/running/local/test_up_reload.py",
        "tests/running/local/test_up_store.py::test_people_sign_in",
        "tests/running/local/test_up_store.py::test_a_store_that_ends",
        "tests/running/local/test_up.py::test_scheduled_work_that_dies",
        "tests/running/local/test_prepare.py::test_five_at_once",
    ),
    MACHINES: (
        "tests/running/deploy/test_cluster_by_https.py",
        "tests/running/deploy/test_split.py",
    ),
    BEATS: (
        f"{CELERY}test_each_interval_has_one_run",
        f"{CELERY}test_another_beat_leads",
        f"{CELERY}test_a_beat_that_slept",
        f"{CELERY}test_a_worker_that_is_killed",
        f"{CELERY}test_over_tables_of_another_build",
        f"{CELERY}test_a_task_of_another_build",
        "tests/work/test_sentinel.py",
        "tests/work/test_work.py::TestWork::test_two_of_them",
        "tests/accounts/test_session_servers.py",
    ),
}
"""By the reason."""
NAMES = tuple(name for names in LEFT.values() for name in names)


def left(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    return [item for item in items if item.nodeid.startswith(NAMES)]
