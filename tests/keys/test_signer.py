"""What a node knows of the keys: what it publishes, for how long, and what it makes of a key that it has not met."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from joserfc import jws

from accounts.ground.unavailable import Unavailable
from tests.keys.world import OFF, TYP, World, new_world
from tokens.keys import LocalSigner, local, rotation
from tokens.keys.local import AGAIN, RELOAD
from tokens.protocol.records import JwkSet

pytestmark = pytest.mark.django_db
"""The endpoint tells the time by the database's clock, which a process asks once."""


@pytest.fixture
def world() -> Iterator[World]:
    with new_world(0, 0) as begun:
        begun.fetch(begun.relying_parties[0])
        yield begun


def states(world: World, published: JwkSet) -> list[str]:
    known = {each.kid: each for each in world.held()}
    return [f"{known[key['kid']].alg} {known[key['kid']].state}" for key in published.keys]


def test_the_key_that_signs_comes_first_of_its_algorithm(world: World) -> None:
    for pause in (0, 80, 75):
        world.seconds += pause
        world.rotate(world.nodes[0])
        rotation.begin(["ES256"], world.now())
    found = states(world, LocalSigner().jwks())
    assert sorted(found) == ["ES256 active", "ES256 next", "ES256 retiring", "EdDSA active"]
    assert [state for state in found if "ES256" in state] == ["ES256 active", "ES256 next", "ES256 retiring"]


def test_a_key_that_another_node_just_made_verifies_at_once(world: World) -> None:
    here, there = world.nodes
    here.signer.jwks()
    world.seconds += AGAIN + 0.01
    (kid,) = (each.kid for each in world.held() if each.alg == "ES256")
    rotation.revoke([kid], world.now())
    world.restart(there)
    token = there.signer.sign({"a": 1}, typ=TYP, alg="ES256")
    assert here.signer.verify(token, typ=TYP) == {"a": 1}


def test_unknown_kids_do_not_cost_a_query_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    keys = world.store.keys.all

    def counted() -> object:
        nonlocal asked
        asked += 1
        return keys()

    stranger, ours = LocalSigner(), LocalSigner()
    token = stranger.sign({}, typ=TYP, alg="ES256")
    ours.jwks()
    monkeypatch.setattr(world.store.keys, "all", counted)
    header, _, rest = token.partition(".")
    garbage = (
        f"{header[:-8]}AAAA{header[-4:]}.{rest}",
        jws.serialize_compact(
            {"alg": "ES256", "typ": TYP, "kid": "0-made-up"},
            b"{}",
            local._private(*private(world)),
            algorithms=["ES256"],
        ),
    )
    for _ in range(100):
        world.seconds += 0.01
        assert [ours.verify(text, typ=TYP) for text in garbage] == [None, None]
    assert 2 <= asked <= 1 + 1 / AGAIN


def private(world: World) -> tuple[str, str]:
    (key,) = (each for each in world.held() if (each.alg, each.state) == ("ES256", "active"))
    return key.kid, key.private


@pytest.mark.covers("S41 overlap")
def test_what_a_revoked_key_signed_is_refused_by_every_node_within_the_bound_and_hints_too(world: World) -> None:
    here, there = world.nodes
    token = here.signer.sign({"a": 1}, typ=TYP, alg="ES256")
    there.signer.jwks()
    (kid,) = (each.kid for each in world.held() if each.alg == "ES256")
    rotation.revoke([kid], world.now())
    world.seconds += RELOAD + 0.01
    for node in world.nodes:
        assert node.signer.verify(token, typ=TYP) is None
        assert node.signer.verify(token, typ=TYP, retired=True) is None
        assert kid not in {key["kid"] for key in node.signer.jwks().keys}
        assert node.signer.sign({}, typ=TYP, alg="ES256").partition(".")[0] != token.partition(".")[0]


def test_a_hint_under_a_retired_key_verifies_and_a_token_does_not(world: World) -> None:
    token = world.nodes[0].signer.sign({"a": 1}, typ=TYP, alg="ES256")
    for pause in (0, 80, 80):
        world.seconds += pause
        world.rotate(world.nodes[0])
        if not pause:
            rotation.begin(["ES256"], world.now())
    assert "retired" in {each.state for each in world.held()}
    assert world.nodes[0].signer.verify(token, typ=TYP) is None
    assert world.nodes[0].signer.verify(token, typ=TYP, retired=True) == {"a": 1}


AWAY = (OperationalError("away"), InterfaceError("away"), Unavailable(timedelta(seconds=1)))


@pytest.fixture(params=AWAY, ids=lambda error: type(error).__name__)
def away(request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """From now on the store does not answer; when it was asked."""
    asked: list[float] = []

    def fail() -> None:
        asked.append(world.seconds)
        raise request.param

    monkeypatch.setattr(world.store.keys, "all", fail)
    return asked


def test_the_keys_go_on_without_the_database_and_may_be_kept_for_less_and_less(world: World, away: list[float]) -> None:
    before = Client().get("/oauth2/jwks")
    ages = []
    for seconds in (RELOAD, RELOAD + 0.5, RELOAD + 10, 60, 3600):
        world.seconds = seconds
        answer = Client().get("/oauth2/jwks")
        assert (answer.status_code, answer.content) == (200, before.content)
        ages.append(answer["Cache-Control"])
    assert ages == [f"public, max-age={age}" for age in (60, 59, 50, 5, 0)]


def test_a_database_that_is_away_is_not_asked_by_every_request(world: World, away: list[float]) -> None:
    signer = world.nodes[0].signer
    for _ in range(100):
        world.seconds += 0.2
        signer.jwks()
    assert len(away) == 3


def test_a_node_that_never_had_the_keys_has_none_to_give(away: list[float]) -> None:
    with pytest.raises((OperationalError, InterfaceError, Unavailable)):
        LocalSigner().jwks()


def test_nobody_signs_or_verifies_with_old_keys_while_the_database_is_away(world: World, away: list[float]) -> None:
    """A transaction that goes on after its connection broke would end as if all were well."""
    signer = world.nodes[0].signer
    token = signer.sign({}, typ=TYP, alg="ES256")
    world.seconds += RELOAD + OFF
    signer.jwks()
    with pytest.raises((OperationalError, InterfaceError, Unavailable)):
        signer.sign({}, typ=TYP, alg="ES256")
    with pytest.raises((OperationalError, InterfaceError, Unavailable)):
        signer.verify(token, typ=TYP)


def test_who_has_the_set_already_is_told_so(world: World) -> None:
    answer = Client().get("/oauth2/jwks")
    again = Client().get("/oauth2/jwks", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert {name: again[name] for name in ("ETag", "Cache-Control", "Access-Control-Allow-Origin")} == {
        "ETag": answer["ETag"],
        "Cache-Control": "public, max-age=60",
        "Access-Control-Allow-Origin": "*",
    }
    rotation.begin(["ES256"], world.now())
    world.seconds += RELOAD + 0.1
    other = Client().get("/oauth2/jwks", headers={"If-None-Match": answer["ETag"]})
    assert other.status_code == 200
    assert len(other.json()["keys"]) == 3
    assert other["ETag"] != answer["ETag"]
