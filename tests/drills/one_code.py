"""Drills 1 and 6: a code that is shown again, at one instant or later, ends what it gave."""

import time
from collections import Counter
from functools import partial

from tests.drills.at_once import at_once
from tests.drills.busy import FINE, REFUSED, came_again, until_told
from tests.drills.drill import Turn
from tests.drills.relying_party import RelyingParty

PARALLEL = 64
FIRST_OF_A_SECOND = 0.2


def race(turn: Turn) -> None:
    """64 redemptions of one code over two or three nodes."""
    ground, client = turn.ground, turn.confidential
    code = ground.codes(ground.confidential).new()
    nodes = ground.nodes[: turn.random.choice((2, 3))]
    ask = partial(until_told, turn, client.redeem)
    answers = at_once([partial(ask, nodes[each % len(nodes)], code) for each in range(PARALLEL)])
    counts = Counter((answer.status, answer.error) for answer in answers)
    wanted = came_again(turn, {FINE: 1, REFUSED: PARALLEL - 1})
    turn.expect(counts in wanted, f"the 64 were told {dict(counts)}")
    won = [answer for answer in answers if answer.status == 200]
    turn.expect((alive := client.alive(ground.nodes, *won)) == [], f"still good: {alive}")


def replay(turn: Turn) -> None:
    """A code is used again after a second, and another within the second of its first use."""
    client = turn.confidential
    _replay(turn, client, 1.0)
    time.sleep(1 - time.time() % 1)  # at the beginning of a second
    _replay(turn, client, 0)
    # The same person at the same client, perhaps still in that second: nothing of it was replayed.
    begun = client.redeem(turn.ground.nodes[0], turn.ground.codes(turn.ground.confidential).new())
    turn.expect(begun.status == 200, f"a fresh code after a replay was told {begun.status} {begun.error}")
    if begun.status == 200:
        fine = [client.userinfo(node, begun.json["access_token"]).status for node in turn.ground.nodes]
        turn.expect(set(fine) == {200}, f"a sign-in after a replay works nowhere: {fine}")


def _replay(turn: Turn, client: RelyingParty, seconds: float) -> None:
    ground = turn.ground
    code = ground.codes(ground.confidential).new()
    first = client.redeem(turn.random.choice(ground.nodes), code)
    turn.expect(first.status == 200, f"the first use was told {first.status} {first.error}")
    time.sleep(seconds)  # the code is so old when it comes again
    again = client.redeem(turn.random.choice(ground.nodes), code)
    turn.expect((again.status, again.error) == (400, "invalid_grant"), f"the replay was told {again.status}")
    for token in (first.json["access_token"], first.json["refresh_token"]):
        bodies = [client.introspect(node, token).json for node in ground.nodes]
        turn.expect(bodies == [{"active": False}] * len(bodies), f"introspection after the replay: {bodies}")
    turn.expect((alive := client.alive(ground.nodes, first)) == [], f"still good: {alive}")
