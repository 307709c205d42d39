"""Drill 33: two nodes whose clocks are 25 s ahead and behind: retries, codes and sign-ins go by the database's."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations

from tests.drills.codes import Codes
from tests.drills.drill import Turn
from tests.drills.fake_clock import ahead, awake
from tests.drills.ground import GRACE, Ground
from tests.servers.nodes import Node

OFF = 25  # seconds
AGED = "UPDATE tokens_refreshtoken SET spent_at = spent_at - interval '1 minute' WHERE spent_at IS NOT NULL"


@contextmanager
def askew(ground: Ground) -> Iterator[tuple[Node, Node]]:
    more, sleeps = ground.cluster.more, awake(ground.cluster.environ)
    with more(1, **sleeps, **ahead(OFF)) as (early,), more(1, **sleeps, **ahead(-OFF)) as (late,):
        yield early, late


def skewed(turn: Turn) -> None:
    """Each node spends, and each other one is asked again: in time it is a retry, later the end of the family."""
    turn.grace = GRACE
    early, late = turn.ground.kept(askew)
    right = turn.random.choice(turn.ground.nodes)
    for first, second in permutations((early, late, right), 2):
        _retry(turn, first, second)
        _code(turn, first, second)
    _late(turn, early, late)
    for node in (early, late):
        told = turn.public.get(node, "/healthz")
        turn.expect(told.status == 200, f"{node.url} says that it does not live")


def _retry(turn: Turn, first: Node, second: Node) -> None:
    begun = turn.public.redeem(first, _codes(turn, first, turn.ground.public).new())
    token = begun.json["refresh_token"]
    answers = [turn.public.refresh(node, token) for node in (first, second, first)]
    told, successors = [each.status for each in answers], {each.json.get("refresh_token") for each in answers}
    turn.expect((told, len(successors)) == ([200] * 3, 1), f"a retry at {second.url} was told {told}")
    onwards = turn.public.refresh(second, answers[-1].json.get("refresh_token", ""))
    turn.expect(onwards.status == 200, f"the family was ended by a retry: {onwards.status} {onwards.error}")
    used = turn.public.userinfo(second, onwards.json.get("access_token", ""))
    turn.expect(used.status == 200, f"an access token of {second.url} was told {used.status}")


def _code(turn: Turn, first: Node, second: Node) -> None:
    """Once, whichever node is asked first."""
    code = _codes(turn, first, turn.ground.confidential).new()
    told = [turn.confidential.redeem(node, code).status for node in (first, second)]
    turn.expect(told == [200, 400], f"a code was told {told}")


def _codes(turn: Turn, node: Node, client: dict[str, str]) -> Codes:
    """That the node gives: when they end is its word."""
    return Codes(turn.ground.person, node, client["client_id"])


def _late(turn: Turn, first: Node, second: Node) -> None:
    begun = turn.public.redeem(first, turn.ground.codes(turn.ground.public).new())
    turn.public.refresh(first, begun.json["refresh_token"])
    with turn.ground.database() as database:
        database.execute(AGED)
    again = turn.public.refresh(second, begun.json["refresh_token"])
    turn.expect((again.status, again.error) == (400, "invalid_grant"), f"a late retry was told {again.status}")
