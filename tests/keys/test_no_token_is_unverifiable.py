"""No token is unverifiable through a rotation, for a relying party that caches the keys for their whole max-age."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.keys.world import ALGS, OFF, QUICK, Killed, Node, World, new_world
from tests.support.long import tries
from tokens.keys import rotation
from tokens.keys.local import RELOAD

pytestmark = pytest.mark.django_db
"""The endpoint tells the time by the database's clock, which a process asks once."""

LEAD, OVERLAP = QUICK["jwks_max_age"] + RELOAD + OFF, QUICK["access_token_lifetime"] + RELOAD + 2 * OFF
PAUSES = (0, 0.1, RELOAD - 0.1, RELOAD, RELOAD + 0.1, OFF, QUICK["jwks_max_age"], LEAD - 0.1, LEAD, OVERLAP, 2 * OFF)
ACTS = ("rotate", "rotate", "rotate", "killed", "begin", "restart", "issue", "issue")

pauses = st.sampled_from(PAUSES) | st.floats(0, 1.2 * LEAD)
acts = st.tuples(pauses, st.sampled_from(ACTS), st.integers(0, 2), st.sampled_from(ALGS))
clocks = st.floats(-OFF, OFF) | st.sampled_from((-OFF, 0, OFF))


@pytest.mark.covers("S41 overlap")
@settings(max_examples=tries(8, long=20), deadline=None, database=None, print_blob=True)
@given(offs=st.tuples(clocks, clocks, clocks), steps=st.lists(acts, min_size=20, max_size=40))
def test_at_every_instant_every_token_verifies_for_everybody(
    offs: tuple[float, float, float], steps: list[tuple[float, str, int, str]]
) -> None:
    with new_world(*offs) as world:
        for pause, act, number, alg in steps:
            world.seconds += pause
            world.check()
            do(world, act, world.nodes[number], alg)
            world.check()
        keys = world.held()
        event(f"{len(keys) - len(ALGS)} rotations, {sum(key.state == 'retired' for key in keys)} of them to the end")
        assert all(bool(key.private) == (key.state != "retired") for key in keys)


def do(world: World, act: str, node: Node, alg: str) -> None:
    match act:
        case "rotate":
            world.rotate(node)
        case "begin":
            world.begin(node)
        case "restart":
            world.restart(node)
        case "issue":
            world.issue(node, alg)
        case "killed":
            world.keys.lives = 1
            with suppress(Killed):
                world.rotate(node)
            world.keys.lives = -1


def test_keys_go_through_all_their_states_again_and_again() -> None:
    with new_world(OFF, 0, -OFF) as world:
        run(world, minutes=40)
        states = [key.state for key in world.held() if key.alg == "ES256"]
    assert states.count("active") == 1
    assert states.count("retired") >= 3


def run(world: World, minutes: int) -> None:
    """A life without haste: each node in turn does what is due and signs, every few seconds."""
    for turn in range(minutes * 60 // 7):
        world.seconds += 7
        node = world.nodes[turn % len(world.nodes)]
        world.rotate(node)
        world.issue(node, ALGS[turn % len(ALGS)])
        world.check()


def test_whoever_has_the_keys_of_just_before_has_the_next_one_when_it_signs() -> None:
    catch_a_relying_party_unawares()


def test_what_the_last_node_signs_at_last_is_verified_to_its_end() -> None:
    catch_a_late_token()


@pytest.mark.parametrize("lead", [timedelta(0), timedelta(seconds=LEAD - OFF - 1)])
def test_a_key_that_signs_earlier_is_unknown_to_somebody(lead: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "lead", lambda: lead)
    with pytest.raises(AssertionError, match="cannot verify"):
        catch_a_relying_party_unawares()


@pytest.mark.parametrize("overlap", [timedelta(0), timedelta(seconds=OVERLAP - 1)])
def test_a_key_that_is_retired_earlier_is_missed_by_somebody(
    overlap: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "overlap", lambda: overlap)
    with pytest.raises(AssertionError, match="cannot verify"):
        catch_a_late_token()


def catch_a_relying_party_unawares() -> None:
    """It asks a node that read the keys just before there was a next one, as late as that node still tells them."""
    with new_world(OFF, 0) as world:
        rotating, behind = world.nodes
        behind.signer.jwks()
        world.begin(rotating)
        world.seconds += RELOAD
        world.fetch(world.relying_parties[1])
        for _ in range(int(2 * LEAD)):
            world.restart(rotating)
            world.rotate(rotating)
            world.issue(rotating, "ES256")
            world.check()
            world.seconds += 0.5
        assert len(world.tokens) == 2


def catch_a_late_token() -> None:
    """A node whose clock is ahead signs with the key of before for as long as it does not look; the last to verify it
    has a clock that is behind, and asks for the keys all the time."""
    with new_world(OFF, 0) as world:
        late, rotating = world.nodes
        world.begin(rotating)
        world.seconds += LEAD
        late.signer.jwks()
        world.rotate(rotating)
        world.seconds += RELOAD
        world.issue(late, "ES256")
        (token,) = world.tokens.values()
        while world.tokens:
            world.restart(rotating)
            world.rotate(rotating)
            world.restart(late)
            world.fetch(world.relying_parties[0])
            world.check()
            world.seconds += 1
        assert world.seconds > token.exp + OFF
        world.seconds += 2
        world.rotate(rotating)
        world.fetch(world.relying_parties[0])
        assert token.kid not in world.relying_parties[0].keys
