"""People who look at their pages through a fault, and some who sign in and out."""

from collections.abc import Iterable, Sequence
from random import Random

from tests.drills.drill import Turn
from tests.drills.history import Event, Op
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.repeating import Repeating
from tests.servers.nodes import Node
from tests.support.people import PASSWORD, USERNAME

BROWSERS, LOOKING = 8, 4
"""Sessions, and how many at once look at their pages; one more signs in and out."""
PAUSE = 0.03
"""Seconds."""


class People(Repeating):
    """Runs while its block runs."""

    def __init__(self, turn: Turn, nodes: Sequence[Node]) -> None:
        forget_throttles(turn)
        self.turn = turn
        self.nodes = nodes
        self.browsers = [signed_in(turn, nodes[number % len(nodes)]) for number in range(BROWSERS)]
        randoms = [Random(turn.random.random()) for _ in range(LOOKING + 1)]  # noqa: S311 a seed makes them again
        looks = [(lambda random=random: self._look(random), random) for random in randoms[1:]]
        super().__init__([(lambda: self._come_and_go(randoms[0]), randoms[0]), *looks], PAUSE)

    def everywhere(self) -> None:
        """Every browser looks at every node: the history says who is not known any more."""
        look(self.browsers, self.nodes)

    def _look(self, random: Random) -> None:
        random.choice(self.browsers).who(random.choice(self.nodes))

    def _come_and_go(self, random: Random) -> None:
        forget_throttles(self.turn)
        browser = signed_in(self.turn, random.choice(self.nodes))
        browser.who(random.choice(self.nodes))
        browser.sign_out(random.choice(self.nodes))
        look([browser], self.nodes)


def signed_in(turn: Turn, node: Node, username: str = USERNAME) -> RecordedBrowser:
    browser = RecordedBrowser(turn.history, username, PASSWORD)
    answer = browser.sign_in(node)
    turn.expect(answer.status == 303, f"a sign-in at {node.url} was told {answer.status}")
    return browser


def look(browsers: Iterable[RecordedBrowser], nodes: Iterable[Node]) -> None:
    everywhere = list(nodes)
    for browser in browsers:
        for node in everywhere:
            browser.who(node)


def forget_throttles(turn: Turn) -> None:
    """All come from one address, and of many turns each has wrong passwords of its own."""
    with turn.ground.database() as database:
        database.execute("DELETE FROM accounts_throttle")


def quantile(share: float, events: Iterable[Event], *ops: Op) -> float:
    """Seconds that this share of what was asked took at the most."""
    took = sorted(event.end - event.start for event in events if event.op in ops)
    assert took, "nobody asked"
    return took[int(len(took) * share)]
