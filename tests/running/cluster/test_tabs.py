"""A request that a person answered gives one code, however many of their tabs go on with it."""

from collections import Counter
from functools import partial

import pytest

from tests.drills.at_once import at_once
from tests.drills.codes import Codes
from tests.drills.relying_party import Ready
from tests.drills.wire import ask
from tests.servers.nodes import Cluster, Node

TABS = 24


@pytest.mark.covers("S19 concurrency")
def test_a_request_that_a_person_answered_gives_one_code_however_many_tabs_go_on_with_it(
    nodes: Cluster, codes: Codes
) -> None:
    for _ in range(5):
        look = partial(_look, codes, codes.answered())
        counts = Counter(at_once([partial(look, nodes.nodes[number % 3]) for number in range(TABS)]))
        assert counts == {303: 1, 400: TABS - 1}


def _look(codes: Codes, place: str, node: Node, ready: Ready) -> int | None:
    """The status of the page at `place`, in the person's browser."""
    return ask(node.port, "GET", place, headers={"Cookie": codes.person.cookies()}, ready=ready).status
