"""Drill 5: refreshes race with each act that ends their family; once that has returned, nothing of it works
anywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.drills.at_once import at_once
from tests.drills.codes import Codes
from tests.drills.drill import Turn
from tests.drills.ground import BOB
from tests.drills.history import Op, Outcome, key_of
from tests.drills.relying_party import RelyingParty
from tests.drills.wire import Answer, ask
from tests.servers.nodes import Node
from tests.support.people import PASSWORD
from tests.support.person import Person

REFRESHES = 4
Ready = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Scene:
    """A person who signed in, and the family that began with it."""

    turn: Turn
    client: RelyingParty
    person: Person
    begun: Answer
    code: str

    def node(self, number: int) -> Node:
        nodes = self.turn.ground.nodes
        return nodes[(self.turn.number + number) % len(nodes)]


def race(turn: Turn) -> None:
    """One revoking act a round, in turn, and then all of them at once."""
    acts = ACTS[turn.number % len(ACTS)]
    client = turn.rotating
    with Person(BOB, PASSWORD) as bob, turn.ground.database() as database:
        database.execute("DELETE FROM accounts_throttle")
        code = Codes(bob, turn.ground.nodes[2], client.client_id).new()
        scene = Scene(turn, client, bob, client.redeem(turn.ground.nodes[2], code), code)
        assert scene.begun.status == 200, scene.begun
        calls = [partial(_refresh, scene, each) for each in range(REFRESHES)] + [partial(act, scene) for act in acts]
        try:
            won = [answer for answer in at_once(calls) if answer is not None and answer.status == 200]
        finally:
            turn.ground.admin.enable(BOB)
    _probe(scene, scene.begun, *won)


def _refresh(scene: Scene, number: int, ready: Ready) -> Answer | None:
    answer = scene.client.refresh(scene.node(number), scene.begun.json["refresh_token"], ready)
    scene.turn.expect(answer.status in (200, 400), f"a refresh in the race was told {answer.status}")
    return answer


def _revoke(which: str, scene: Scene, ready: Ready) -> None:
    answer = scene.client.revoke(scene.node(0), scene.begun.json[which], ready)
    scene.turn.expect((answer.status, answer.content) == (200, b""), f"the revocation was told {answer.status}")
    _probe(scene, scene.begun)


def _log_out(scene: Scene, ready: Ready) -> None:
    path = f"/oauth2/logout?id_token_hint={scene.begun.json['id_token']}"
    cookies = {"Cookie": scene.person.cookies()}
    with scene.turn.history.act(Op.REVOKE, [_family(scene)]):
        answer = ask(scene.node(1).port, "GET", path, headers=cookies, ready=ready)
        assert answer.outcome is Outcome.OK, answer
    _probe(scene, scene.begun)


def _disable(scene: Scene, ready: Ready) -> None:
    ready()
    with scene.turn.history.act(Op.REVOKE, [_family(scene)]):
        scene.turn.ground.admin.disable(BOB)
    _probe(scene, scene.begun)


def _family(scene: Scene) -> str:
    return key_of(scene.code)


def _probe(scene: Scene, *answers: Answer) -> None:
    """At every node: the history says what worked after it must not."""
    for tokens in (answer.json for answer in answers):
        for node in scene.turn.ground.nodes:
            scene.client.userinfo(node, tokens["access_token"])
            scene.client.introspect(node, tokens["access_token"])
            scene.client.introspect(node, tokens["refresh_token"])
            scene.client.refresh(node, tokens["refresh_token"])


REVOKE_ACCESS, REVOKE_REFRESH = partial(_revoke, "access_token"), partial(_revoke, "refresh_token")
ACTS: tuple[tuple[Callable[[Scene, Ready], None], ...], ...] = (
    (REVOKE_REFRESH,),
    (REVOKE_ACCESS,),
    (_log_out,),
    (_disable,),
    (REVOKE_REFRESH, REVOKE_ACCESS, _log_out, _disable),
)
