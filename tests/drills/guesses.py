"""Drill 13: Redis goes and comes back empty while somebody guesses a password: the guesses are counted elsewhere."""

from collections.abc import Callable
from functools import partial

from tests.drills.at_once import at_once
from tests.drills.drill import Turn
from tests.drills.ground import BOB
from tests.drills.people import forget_throttles, look, signed_in
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.relying_party import Ready
from tests.servers.nodes import Node
from tests.support.people import PASSWORD

ALLOWED = 5
"""Guesses on one name from one address, until one has to wait (`accounts.sign_in.guesses`)."""
FIRST, AT_ONCE = 2, 6
"""Guesses before Redis goes; at one instant while it is away, and again once it is back."""
WRONG, THROTTLED = 422, 429


def throttle(turn: Turn) -> None:
    """One who is signed in stays so, and however the guesses are spread over nodes and time, so many are judged."""
    ground = turn.ground
    pages = (*ground.fronts, *ground.nodes)
    forget_throttles(turn)
    signed = signed_in(turn, ground.fronts[0])
    look([signed], pages)
    told = [_guess(turn, turn.random.choice(pages)) for _ in range(FIRST)]
    ground.redis.stop()
    try:
        told += _at_once(turn, pages)
        look([signed], pages)
    finally:
        ground.redis.start()
    told += _at_once(turn, pages)
    told += [_guess(turn, node) for node in pages]
    judged, refused = told.count(WRONG), told.count(THROTTLED)
    turn.expect(judged == ALLOWED, f"{judged} guesses were judged, {ALLOWED} are allowed")
    turn.expect(judged + refused == len(told), f"guesses were told {told}")
    right = _guess(turn, turn.random.choice(pages), PASSWORD)
    turn.expect(right == THROTTLED, f"the right password after too many guesses was told {right}")
    look([signed], pages)
    forget_throttles(turn)


def _at_once(turn: Turn, pages: tuple[Node, ...]) -> list[int | None]:
    calls: list[Callable[[Ready], int | None]] = [
        partial(_guess_when_ready, turn, turn.random.choice(pages)) for _ in range(AT_ONCE)
    ]
    return at_once(calls)


def _guess_when_ready(turn: Turn, node: Node, ready: Ready) -> int | None:
    ready()
    return _guess(turn, node)


def _guess(turn: Turn, node: Node, password: str = "not it at all, I fear") -> int | None:
    return RecordedBrowser(turn.history, BOB, password).sign_in(node).status
