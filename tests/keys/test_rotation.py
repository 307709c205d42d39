"""Which step is due when, and what is left where somebody is killed, or many do the same at once."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from pytest_django.fixtures import Settings

from tests.keys.world import BEGIN, Killed, World, new_world
from tests.stores.contention import race
from tests.stores.samples import signing_key
from tokens.conf import SIGNING_ALGS, conf
from tokens.keys import CannotUnseal, NoSigningKey, rotation
from tokens.keys.local import generate
from tokens.keys.rotation import Step
from tokens.protocol.records import KeyState, SigningKey

pytestmark = pytest.mark.django_db
"""The endpoint tells the time by the database's clock, which a process asks once."""

DAY = timedelta(days=1)
LEAD, OVERLAP = timedelta(seconds=900 + 5 + 10), timedelta(seconds=600 + 5 + 20)


def key(state: KeyState, since: datetime = BEGIN, alg: str = "ES256") -> SigningKey:
    return signing_key(kid=f"{alg}-{state}", alg=alg, state=state, since=since)


def planned(*held: SigningKey) -> list[Step]:
    """What is due of ES256, where every other algorithm has an active key."""
    others = [key("active", alg=alg) for alg in SIGNING_ALGS if alg != "ES256"]
    return [step for step in rotation.plan([*others, *held], BEGIN) if step.alg == "ES256"]


def test_an_active_key_gets_a_next_one_that_can_take_over_when_its_life_ends() -> None:
    assert planned(key("active")) == [Step(BEGIN + 90 * DAY - LEAD, "make next", "ES256")]


def test_a_next_key_takes_over_when_everybody_can_have_it_and_not_before() -> None:
    later = BEGIN + timedelta(hours=1)
    assert planned(key("active"), key("next", later)) == [Step(later + LEAD, "activate", "ES256", "ES256-next")]


def test_a_next_key_takes_over_at_once_where_none_signs() -> None:
    assert planned(key("next", BEGIN + DAY)) == [Step(BEGIN, "activate", "ES256", "ES256-next")]
    assert planned(key("retired"), key("revoked")) == [Step(BEGIN, "make active", "ES256")]


def test_a_key_retires_when_all_that_it_signed_has_expired() -> None:
    found = planned(key("active"), key("retiring"), key("retired"), key("revoked"))
    assert found == [
        Step(BEGIN + OVERLAP, "retire", "ES256", "ES256-retiring"),
        Step(BEGIN + 90 * DAY - LEAD, "make next", "ES256"),
    ]


def test_a_key_of_an_algorithm_that_we_no_longer_sign_with_retires_too() -> None:
    assert Step(BEGIN + OVERLAP, "retire", "HS512", "HS512-retiring") in rotation.plan(
        [key("retiring", alg="HS512")], BEGIN
    )


def test_the_overlap_covers_the_longest_token_that_we_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    for longest in (replace(conf(), access_token_lifetime=5000), replace(conf(), id_token_lifetime=5000)):
        with monkeypatch.context() as patched:
            patched.setattr(settings, "TOKENS", longest)
            assert rotation.overlap() == timedelta(seconds=5025)


def test_a_key_of_an_algorithm_that_is_left_out_is_withdrawn_and_none_is_made(settings: Settings) -> None:
    settings.TOKENS = replace(conf(), signing_algs=("RS256",))
    held = [key("active", alg="RS256"), key("active"), key("next"), key("retiring"), key("retired"), key("revoked")]
    assert rotation.plan(held, BEGIN) == [
        Step(BEGIN, "withdraw", "ES256", "ES256-active"),
        Step(BEGIN, "withdraw", "ES256", "ES256-next"),
        Step(BEGIN + OVERLAP, "retire", "ES256", "ES256-retiring"),
        Step(BEGIN + 90 * DAY - LEAD, "make next", "RS256"),
    ]


@pytest.fixture
def world() -> Iterator[World]:
    with new_world(0, 0) as begun:
        yield begun


def states(world: World) -> list[str]:
    return sorted(f"{each.alg} {each.state}" for each in world.held())


def test_what_an_algorithm_signed_before_it_was_left_out_stays_good(world: World) -> None:
    node = world.nodes[0]
    world.issue(node, "ES256")
    world.issue(node, "EdDSA")
    with override_settings(TOKENS=replace(conf(), signing_algs=("EdDSA",))):
        for _ in range(2):
            world.rotate(node)
            world.check()
        assert states(world) == ["ES256 retiring", "EdDSA active"]
        with pytest.raises(NoSigningKey, match="ES256 is not offered here: IDP_TOKENS_SIGNING_ALGS leaves it out"):
            node.signer.sign({}, typ="JWT", alg="ES256")
        world.seconds += rotation.overlap().total_seconds()
        world.rotate(node)
        world.check()
        assert states(world) == ["ES256 retired", "EdDSA active"]
    world.rotate(node)
    assert states(world) == ["ES256 active", "ES256 retired", "EdDSA active"]


def test_nothing_is_done_before_it_is_due(world: World) -> None:
    assert rotation.rotate(world.now()) == []
    assert states(world) == ["ES256 active", "EdDSA active"]
    assert [step.act for step in rotation.begin(["ES256"], world.now())] == ["make next"]
    assert rotation.begin(["ES256"], world.now()) == []
    assert rotation.rotate(world.now()) == []
    assert states(world) == ["ES256 active", "ES256 next", "EdDSA active"]


def test_a_clock_that_is_ahead_hurries_nothing(world: World) -> None:
    rotation.begin(["ES256"], world.now())
    assert [step.act for step in rotation.rotate(world.now(3600))] == ["make next"]
    assert states(world) == ["ES256 active", "ES256 next", "EdDSA active", "EdDSA next"]
    world.seconds += rotation.lead().total_seconds()
    world.rotate(world.nodes[0])
    assert [step.act for step in rotation.rotate(world.now(3600))] == ["make next", "make next"]
    assert states(world).count("ES256 retiring") == 1


@pytest.mark.parametrize("lives", range(3))
def test_whoever_is_killed_leaves_a_state_that_goes_on(world: World, lives: int) -> None:
    for _ in range(3):
        world.seconds += 500
        world.keys.lives = lives
        with suppress(Killed):
            world.rotate(world.nodes[0])
        world.keys.lives = -1
        world.rotate(world.nodes[1])
        assert [state for state in states(world) if state.endswith("active")] == ["ES256 active", "EdDSA active"]
        before = states(world)
        world.rotate(world.nodes[0])
        assert states(world) == before


def test_many_who_do_the_same_at_once_do_it_once(world: World) -> None:
    for pause, expected in ((400.0, ["make next"] * 2), (80.0, ["activate"] * 2), (80.0, ["retire"] * 2)):
        world.seconds += pause
        done = [step for steps in race(lambda _: rotation.rotate(world.now()), 8) for step in steps]
        assert [step.act for step in done] == expected
        assert len({step.kid for step in done}) == 2
    assert states(world) == ["ES256 active", "ES256 retired", "EdDSA active", "EdDSA retired"]


class TestRevoke:
    def test_a_key_that_signed_is_replaced_in_the_same_moment(self, world: World) -> None:
        (signed,) = [each.kid for each in world.held() if each.alg == "ES256"]
        assert [(step.act, step.alg) for step in rotation.revoke([signed], world.now())] == [
            ("revoke", "ES256"),
            ("make active", "ES256"),
        ]
        assert states(world) == ["ES256 active", "ES256 revoked", "EdDSA active"]

    def test_the_next_key_takes_over_for_relying_parties_may_have_it_already(self, world: World) -> None:
        (signed,) = [each.kid for each in world.held() if each.alg == "ES256"]
        rotation.begin(["ES256"], world.now())
        assert [step.act for step in rotation.revoke([signed], world.now())] == ["revoke", "activate"]
        assert states(world) == ["ES256 active", "ES256 revoked", "EdDSA active"]

    def test_all_at_once_are_replaced_by_new_ones(self, world: World) -> None:
        rotation.begin(["ES256"], world.now())
        held = {each.kid for each in world.held()}
        acts = [step.act for step in rotation.revoke(held, world.now())]
        assert acts == ["revoke"] * 3 + ["make active"] * 2
        assert rotation.revoke(held, world.now()) == []
        assert states(world) == ["ES256 active", "ES256 revoked", "ES256 revoked", "EdDSA active", "EdDSA revoked"]

    def test_an_unknown_key_stops_it_all(self, world: World) -> None:
        before = states(world)
        (known, _) = [each.kid for each in world.held()]
        with pytest.raises(rotation.UnknownKid, match=r"\A0-unknown\Z"):
            rotation.revoke([known, "0-unknown"], world.now())
        assert states(world) == before


def test_a_node_with_other_sealing_keys_touches_nothing(world: World, settings: Settings) -> None:
    rotation.begin(["ES256"], world.now())
    world.seconds += 500
    before = states(world)
    settings.SEALING_KEYS = {"1": b"x" * 32}
    for act in (rotation.rotate, rotation.create_missing, lambda now: rotation.begin(["EdDSA"], now)):
        with pytest.raises(CannotUnseal):
            act(world.now())
    assert states(world) == before


def test_but_it_may_revoke(world: World, settings: Settings) -> None:
    settings.SEALING_KEYS = {"1": b"x" * 32}
    held = [each.kid for each in world.held()]
    assert len(rotation.revoke(held, world.now())) == 4


def test_every_algorithm_can_be_made_in_every_state_that_begins() -> None:
    for alg in SIGNING_ALGS:
        found = generate(alg, datetime.now(UTC), "next")
        assert (found.alg, found.state, found.public["kid"]) == (alg, "next", found.kid)
        assert not {"d", "p", "q"} & found.public.keys()


@pytest.mark.covers("S41 own")
@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_nobody_has_a_key_that_somebody_else_has(alg: str) -> None:
    """There is none that comes with the product: the first node of each deployment makes them."""
    made = [generate(alg, BEGIN) for _ in range(2)]
    assert made[0].kid != made[1].kid
    assert made[0].public != made[1].public
    assert made[0].private != made[1].private
