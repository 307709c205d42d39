"""Who asks at one instant with many others, and is told to come again because the store could not answer all in time.

That is for DynamoDB alone: a request has two seconds for all its calls there, and here they share two cores with the
server. In the database a request waits for its turn before it begins, so there a 503 is one too many."""

import time
from collections.abc import Callable, Mapping

from tests.drills.drill import Turn
from tests.drills.history import Outcome
from tests.drills.wire import Answer
from tests.servers.nodes import Node

PAUSE = 0.2
"""Seconds until they come again: less than the answer asks for, so that the others are still there."""
Told = tuple[int | None, str | None]
"""Status and error."""
FINE: Told = (200, None)
REFUSED: Told = (400, "invalid_grant")


def until_told(
    turn: Turn,
    ask: Callable[[Node, str, Callable[[], object] | None], Answer],
    node: Node,
    token: str,
    ready: Callable[[], object],
) -> Answer:
    """The answer to a code or token, of whichever try. `ready`: of the first."""
    answer = ask(node, token, ready)
    while turn.ground.store == "dynamodb" and answer.outcome is Outcome.UNAVAILABLE:
        time.sleep(PAUSE)
        answer = ask(node, token, None)
    return answer


def came_again(turn: Turn, wanted: Mapping[Told, int]) -> list[Mapping[Told, int]]:
    """How many may be told what, where one is to win: nobody, if somebody had to come again, for that request may be
    the one that was done."""
    if all(event.outcome is not Outcome.UNAVAILABLE for event in turn.history.events):
        return [wanted]
    return [wanted, {REFUSED: sum(wanted.values())}]
