"""Every drill holds, for a few rounds; `python -m tests.drills` plays as many as one likes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import psycopg
import pytest

from tests.drills import barriers, clean_ups, methods, partition, rolling, session_ends
from tests.drills.drill import run
from tests.drills.ground import Ground, until
from tests.drills.kills import STEPS
from tests.drills.proving import METHODS
from tests.drills.revocations import ACTS
from tests.drills.table import DRILLS

SEED = 20261122
SLACK = 4.0
"""Here only what hangs as long as its fault fails, for the machine is busy. `python -m tests.drills` judges seconds."""
CHANGE = "a change"
COMMITTING = f"SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = '{CHANGE}'"  # noqa: S608 ours
"""The change below: others commit, too."""
SHORT = {1: 4, 2: len(STEPS), 3: 4, 4: 4, 5: len(ACTS), 6: 2}
SHORT |= {14: 2, 18: 2, 39: 2, 40: len(METHODS), 41: len(METHODS), 42: len(methods.GUESSED)}
SHORT |= {12: len(session_ends.ACTS), 43: 2, 19: len(clean_ups.AT_ONCE), 20: len(clean_ups.SKEWS)}


def test_only_what_has_to_do_with_tokens_waits_at_a_barrier(where: Ground) -> None:
    """A node says now and then that it is there: two that wait for one another at that are no request."""
    url = where.cluster.database_url
    for table, expected in (("idp_fact", False), ("tokens_client", True)):
        with ThreadPoolExecutor(1) as pool, barriers.table(table)(url, ""):
            asked = pool.submit(barriers._count, url, f"SELECT count(*) FROM {table}")  # noqa: S608 two names of ours
            until(lambda table=table: _waits_for(url, table))  # type: ignore[misc]  # a default is its own
            assert barriers.waiting(url) is expected
        assert asked.result() >= 0


def test_a_commit_is_waited_for_where_it_spends_something(where: Ground) -> None:
    """A request commits what it notes of its client before: to be killed at that says nothing of the exchange."""
    url = where.cluster.database_url
    for table, expected in (("tokens_clientsecret", False), ("tokens_refreshtoken", True)):
        with ThreadPoolExecutor(1) as pool, barriers.commit(url, ""):
            changed = pool.submit(_change, url, table)
            until(lambda: barriers._count(url, COMMITTING) > 0)
            assert barriers.waiting(url) is expected
        changed.result()


def _change(url: str, table: str) -> None:
    with psycopg.connect(url, application_name=CHANGE) as database:
        database.execute(f"UPDATE {table} SET client_id = client_id WHERE false".encode())  # noqa: S608 names of ours
        database.execute("SELECT pg_logical_emit_message(true, 'drill', '')")  # so that there is something to commit


def _waits_for(url: str, table: str) -> bool:
    waits = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{table}'::regclass"  # noqa: S608 as above
    return barriers._count(url, waits) > 0


def held(number: int, where: Ground, rounds: int = 1) -> bool:
    result = run(number, DRILLS[number], where, rounds, SEED, slack=SLACK)
    assert not result.violations, "\n".join(map(str, result.violations))
    return result.rounds == rounds


@pytest.mark.covers("S19 concurrency", "S19 second", "S19 revokes", "KC #22448 at once")
def test_of_64_redemptions_at_once_one_wins_and_the_replays_end_what_it_got(where: Ground) -> None:
    assert held(1, where, SHORT[1])


@pytest.mark.covers("S19 crash", "KC #22448 crash", "own findings crash")
def test_a_worker_killed_at_any_step_gives_tokens_once_or_never(where: Ground) -> None:
    assert held(2, where, SHORT[2])


@pytest.mark.covers("S29 reuse", "S30", "CVE-2026-1035")
def test_of_32_refreshes_at_once_all_get_the_one_successor_or_one_wins_and_the_replays_end_it(where: Ground) -> None:
    assert held(3, where, SHORT[3])


@pytest.mark.covers("S30")
def test_a_client_that_lost_the_answer_gets_it_again_and_later_ends_its_family(where: Ground) -> None:
    assert held(4, where, SHORT[4])


@pytest.mark.covers("S34 race", "KC #51312")
def test_nothing_that_a_refresh_gave_outlives_a_revocation_that_raced_it(where: Ground) -> None:
    assert held(5, where, SHORT[5])


@pytest.mark.covers("S19 second", "S19 revokes", "KC #50999")
def test_a_code_used_again_after_a_second_or_within_it_ends_what_it_gave_and_nothing_else(where: Ground) -> None:
    assert held(6, where, SHORT[6])


@pytest.mark.covers("S49 nodes", "S49 jti")
def test_an_assertion_at_three_nodes_at_once_is_accepted_once_and_never_after_redis_forgot_all(where: Ground) -> None:
    assert held(8, where)


def test_a_redis_that_is_emptied_signs_nobody_out(where: Ground) -> None:
    assert held(9, where)


def test_a_redis_that_hangs_costs_a_moment_and_no_answer(where: Ground) -> None:
    assert held(10, where)


@pytest.mark.covers("S69 cache", "S69 nodes", "own findings session")
def test_a_sign_out_while_redis_hangs_holds_at_every_node_also_once_redis_is_back(where: Ground) -> None:
    assert held(11, where)


@pytest.mark.covers("S70 everywhere", "S70 disable", "S71 admin-sessions")
def test_a_session_that_anything_ends_is_refused_at_every_node_at_once(where: Ground) -> None:
    assert held(12, where, SHORT[12])


@pytest.mark.covers("S58 nodes", "S58 Redis")
def test_no_guess_more_is_judged_because_redis_went_and_came_back_empty(where: Ground) -> None:
    assert held(13, where)


def test_every_client_is_told_of_every_session_that_ended_though_redis_and_workers_are_killed(where: Ground) -> None:
    assert held(14, where, SHORT[14])


def test_another_beat_leads_in_seconds_when_one_is_killed_and_no_run_is_missed(where: Ground) -> None:
    assert held(15, where)


def test_a_beat_that_slept_through_its_lock_ends_and_comes_back_and_no_run_is_done_twice(where: Ground) -> None:
    assert held(16, where)


def test_what_two_beats_ask_for_is_done_once(where: Ground) -> None:
    assert held(17, where)


def test_beats_come_back_with_their_schedule_when_redis_forgot_it_or_was_away(where: Ground) -> None:
    assert held(18, where, SHORT[18])


def test_clean_ups_at_once_delete_nothing_that_lives_and_hold_up_nobody(where: Ground) -> None:
    assert held(19, where, SHORT[19])


def test_a_clean_up_whose_clock_is_ahead_deletes_nothing_that_lives(where: Ground) -> None:
    assert held(20, where, SHORT[20])


def test_a_node_whose_clock_is_set_says_so_and_nothing_lives_longer_by_it(where: Ground) -> None:
    assert held(21, where)


def test_a_clean_up_beside_a_snapshot_that_is_held_looks_at_nothing_twice(where: Ground) -> None:
    assert held(39, where, SHORT[39])


def test_a_database_that_crashes_costs_503s_and_nothing_that_was_acknowledged(where: Ground) -> None:
    assert held(22, where)


def test_a_database_without_connections_costs_503s_while_the_nodes_live(where: Ground) -> None:
    assert held(23, where)


def test_a_database_that_takes_no_writes_still_serves_reads(where: Ground) -> None:
    assert held(24, where)


def test_a_locked_table_holds_up_nobody_who_does_not_need_it(where: Ground) -> None:
    assert held(25, where)


@pytest.mark.covers("S69 cache", "S69 nodes")
def test_a_node_that_is_cut_off_is_left_out_and_comes_back_and_nothing_is_lost(
    where: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition, "LASTS", 4.0)  # here it is cut off for less long
    assert held(26, where)


def test_not_one_request_fails_while_the_next_build_and_then_this_one_again_takes_over(where: Ground) -> None:
    """With nodes alone: `python -m tests.drills --only 27` replaces workers and beats too."""
    small = replace(DRILLS[27], play=partial(rolling.roll, size=rolling.SMALL))
    assert run(27, small, where, 1, SEED, slack=SLACK).violations == []


@pytest.mark.covers("S41 overlap")
def test_no_live_token_is_unverifiable_while_keys_are_rotated_and_a_revoked_key_is_gone(where: Ground) -> None:
    assert held(28, where)


def test_what_a_restored_backup_brought_back_is_void_after_one_command_and_people_go_on(where: Ground) -> None:
    assert held(29, where)


def test_a_primary_that_freezes_behind_a_proxy_is_given_up_and_another_taken_without_a_restart(where: Ground) -> None:
    assert held(30, where)


def test_connections_that_nobody_holds_any_more_cost_a_moment(where: Ground) -> None:
    assert held(31, where)


def test_behind_a_pooler_in_session_mode_everything_holds(where: Ground) -> None:
    assert held(32, where)


@pytest.mark.covers("S30")
def test_a_retry_at_a_node_whose_clock_is_off_is_a_retry(where: Ground) -> None:
    assert held(33, where)


def test_after_a_fail_over_that_lost_commits_nothing_forks_and_void_ends_all_from_before(where: Ground) -> None:
    assert held(34, where)


def test_a_node_that_differs_serves_nothing_and_harms_nobody(where: Ground) -> None:
    assert held(35, where)


def test_over_tables_of_another_build_no_node_answers_until_they_are_its_own(where: Ground) -> None:
    assert held(36, where)


def test_of_100_right_passwords_at_once_each_is_signed_in_or_told_to_come_back(where: Ground) -> None:
    assert held(38, where)


@pytest.mark.covers("S62 once")
def test_what_is_used_at_every_node_at_once_is_had_once_and_a_sign_out_ends_what_it_began(where: Ground) -> None:
    assert held(40, where, SHORT[40])


@pytest.mark.covers("S62 once")
def test_a_code_whose_worker_died_is_good_again_and_once(where: Ground) -> None:
    assert held(41, where, SHORT[41])


@pytest.mark.covers("S62 rate")
def test_codes_are_guessed_as_often_as_one_may_however_nodes_and_redis_come_and_go(where: Ground) -> None:
    assert held(42, where, SHORT[42])


def test_what_began_by_an_app_a_recovery_code_or_a_passkey_ends_as_other_sessions_do(where: Ground) -> None:
    assert held(43, where, SHORT[43])
