"""Drill 8: a client assertion is shown again at three nodes at one instant, and after Redis lost everything."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.drills.at_once import at_once
from tests.drills.drill import Turn
from tests.drills.ground import NODES, Ground
from tests.drills.relying_party import Ready
from tests.drills.wire import Answer, ask
from tests.servers.nodes import Node
from tests.support.assertions import assertion_form, claims_of, key_set, sign

PARALLEL = 24
INTROSPECT = "/oauth2/introspect"
"""Whoever proves who they are is told 200 there, whatever the token."""
SHOWN = {"accepted": (200, None), "refused": (400, "invalid_client")}


@contextmanager
def signer(ground: Ground) -> Iterator[str]:
    """The id of a client that signs."""
    keys = ground.nodes[0].log.with_name("signs.json")
    keys.write_text(json.dumps(key_set()))
    method = ("--token-endpoint-auth-method", "private_key_jwt", "--jwks", str(keys))
    printed = ground.admin.say("manage", "createclient", "--kind", "machine", "--name", "Signs", *method)
    yield json.loads(printed)["client_id"]


def replay(turn: Turn) -> None:
    """Accepted once in all; another one is accepted, also while Redis is emptied."""
    ground = turn.ground
    client_id = ground.kept(signer)
    for emptied in (False, True):
        token = sign(claims_of(client_id, aud=ground.cluster.issuer))
        _expect(turn, _race(turn, client_id, token, emptied), accepted=1)
        with ground.redis.client() as cache:
            cache.flushall()
        ground.admin.clean_up()
        _expect(turn, _race(turn, client_id, token, emptied), accepted=0)


def _race(turn: Turn, client_id: str, token: str, emptied: bool) -> list[Answer]:
    nodes = turn.random.sample(turn.ground.nodes, NODES)
    calls = [partial(_show, nodes[each % NODES], client_id, token) for each in range(PARALLEL)]
    others = [partial(_empty, turn.ground)] if emptied else []
    return at_once([*calls, *others])[:PARALLEL]


def _empty(ground: Ground, ready: Ready) -> Answer:
    with ground.redis.client() as cache:
        ready()
        cache.flushall()
    return Answer(None)


def _show(node: Node, client_id: str, token: str, ready: Ready) -> Answer:
    form = {"token": "x", **assertion_form(client_id, token)}
    return ask(node.port, "POST", INTROSPECT, form, {}, ready)


def _expect(turn: Turn, answers: list[Answer], *, accepted: int) -> None:
    told = Counter((answer.status, answer.error) for answer in answers)
    right = Counter({SHOWN["accepted"]: accepted, SHOWN["refused"]: PARALLEL - accepted})
    turn.expect(told == +right, f"{accepted} of {PARALLEL} was to be accepted; they were told {dict(told)}")
