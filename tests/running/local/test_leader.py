"""Who leads is read from the beats' logs, as they grow."""

from pathlib import Path

import pytest

from idp.local.up.leader import GOT, LEFT, Leader

BOTH = {"one": 11, "two": 22}


@pytest.fixture
def logs(tmp_path: Path) -> dict[str, Path]:
    return {name: tmp_path / name for name in BOTH}


def says(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_nobody_leads_before_somebody_says_so(logs: dict[str, Path]) -> None:
    leader = Leader(logs)
    assert not leader.look(BOTH)
    says(logs["one"], "beat: Starting...\n")
    assert not leader.look(BOTH)
    assert leader.name is None


def test_who_got_the_lock_last_leads_though_another_was_never_told_that_it_lost_it(logs: dict[str, Path]) -> None:
    leader = Leader(logs)
    says(logs["two"], f"2026 INFO {GOT}\n")
    assert (leader.look(BOTH), leader.name) == (True, "two")
    assert (leader.look(BOTH), leader.name) == (False, "two")
    says(logs["one"], f"2026 INFO {GOT}\n")
    assert (leader.look(BOTH), leader.name) == (True, "one")
    says(logs["two"], f"2026 INFO {LEFT}\n")
    assert (leader.look(BOTH), leader.name) == (False, "one")


def test_who_gives_the_lock_back_or_ends_leads_no_more(logs: dict[str, Path]) -> None:
    leader = Leader(logs)
    says(logs["one"], f"{GOT}\n")
    leader.look(BOTH)
    says(logs["one"], f"{LEFT}\n")
    assert (leader.look(BOTH), leader.name) == (True, None)
    says(logs["one"], f"{GOT}\n")
    leader.look(BOTH)
    assert (leader.look({"two": 22}), leader.name) == (True, None)


def test_the_same_name_with_another_process_is_another_beat(logs: dict[str, Path]) -> None:
    leader = Leader(logs)
    says(logs["one"], f"{GOT}\n")
    leader.look(BOTH)
    assert (leader.look({"one": 33, "two": 22}), leader.name) == (True, None)


def test_a_line_is_read_once_it_is_whole(logs: dict[str, Path]) -> None:
    leader = Leader(logs)
    says(logs["one"], f"before\n{GOT[:8]}")
    assert not leader.look(BOTH)
    says(logs["one"], f"{GOT[8:]}\nafter")
    assert (leader.look(BOTH), leader.name) == (True, "one")
