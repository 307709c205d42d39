"""Drills 3 and 4: a refresh token that is used many times at once, or again because the answer was lost."""

import json
from collections import Counter
from functools import partial

from tests.drills.at_once import at_once
from tests.drills.busy import FINE, REFUSED, came_again, until_told
from tests.drills.drill import Turn
from tests.drills.proxy import cutting
from tests.drills.wire import Answer
from tests.servers.nodes import Node
from tokens.protocol import handles

PARALLEL = 32
SHARES = (0.0, 0.5, 0.99)
LATE = 60.0
"""Seconds after which it was spent a retry is none."""


def race(turn: Turn) -> None:
    """32 at once over two nodes: with the retry time, and without."""
    _with_retries(turn)
    _without(turn)


def lost(turn: Turn) -> None:
    """The server committed, the client never heard of it, and asks again: in time, and then too late."""
    client, nodes = turn.public, turn.ground.nodes
    begun = _begin(turn)
    token = begun.json["refresh_token"]
    through = turn.random.choice(nodes)
    with cutting(through.port, turn.random.choice(SHARES)) as cut:
        answer = client.refresh(through, token, port=cut.port)
    turn.expect(answer.status is None, f"the cut answer was {answer.status}")
    swallowed = json.loads(cut.swallowed[0].partition(b"\r\n\r\n")[2])
    retries = [client.refresh(node, token) for node in nodes]
    told = {(retry.status, retry.json.get("refresh_token")) for retry in retries}
    turn.expect(
        told == {(200, swallowed["refresh_token"])}, f"the retries were told {[each.status for each in retries]}"
    )
    turn.expect(_generations(turn, begun) == [0, 1], f"generations {_generations(turn, begun)}")
    turn.ground.admin.say("spent", _key(begun), LATE)
    late = client.refresh(turn.random.choice(nodes), token)
    turn.expect((late.status, late.error) == (400, "invalid_grant"), f"the late retry was told {late.status}")
    turn.expect((alive := client.alive(nodes, begun, *retries)) == [], f"still good after the late retry: {alive}")


def _with_retries(turn: Turn) -> None:
    begun, nodes = _begin(turn), turn.ground.nodes
    answers = _race(turn, begun, nodes[:2])
    counts = Counter(answer.status for answer in answers)
    turn.expect(counts == {200: PARALLEL}, f"with retries the 32 were told {dict(counts)}")
    successors = {answer.json.get("refresh_token") for answer in answers}
    turn.expect(len(successors) == 1, f"{len(successors)} different successors")
    turn.expect(_generations(turn, begun) == [0, 1], f"generations {_generations(turn, begun)}")
    works = turn.public.userinfo(nodes[2], answers[0].json.get("access_token", ""))
    turn.expect(works.status == 200, f"what the race gave was told {works.status}")
    onwards = turn.public.refresh(nodes[2], answers[-1].json.get("refresh_token", ""))
    turn.expect(onwards.status == 200, f"the successor was told {onwards.status}")


def _without(turn: Turn) -> None:
    begun, strict = _begin(turn), turn.ground.strict
    answers = _race(turn, begun, strict)
    counts = Counter((answer.status, answer.error) for answer in answers)
    wanted = {FINE: 1, REFUSED: PARALLEL - 1}
    turn.expect(counts in came_again(turn, wanted), f"without retries the 32 were told {dict(counts)}")
    won = [answer for answer in answers if answer.status == 200]
    everywhere = (*strict, turn.ground.nodes[2])
    turn.expect((alive := turn.public.alive(everywhere, begun, *won)) == [], f"still good: {alive}")
    turn.expect(_generations(turn, begun) == [0, 1], f"generations {_generations(turn, begun)}")


def _race(turn: Turn, begun: Answer, nodes: tuple[Node, ...]) -> list[Answer]:
    token = begun.json["refresh_token"]
    ask = turn.public.refresh
    return at_once([partial(until_told, turn, ask, nodes[each % len(nodes)], token) for each in range(PARALLEL)])


def _begin(turn: Turn) -> Answer:
    begun = turn.public.redeem(turn.ground.nodes[2], turn.ground.codes(turn.ground.public).new())
    assert begun.status == 200, begun
    return begun


def _generations(turn: Turn, begun: Answer) -> list[int]:
    return list(turn.ground.admin.say("generations", _key(begun), turn.public.client_id))


def _key(begun: Answer) -> str:
    return handles.key(handles.Handle(begun.json["refresh_token"]))
