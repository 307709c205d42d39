"""Work of several kinds at once: each does a step in turn, so that none with a backlog keeps the others from theirs."""

import time
from collections.abc import Callable, Mapping

Step = Callable[[], bool]
"""Does a little; whether there may be more to do."""


def take_turns(steps: Mapping[str, Step], seconds: float, go_on: Callable[[], bool]) -> None:
    """Ends when no kind has more to do, after `seconds`, or when a step may not `go_on`."""
    end = time.monotonic() + seconds
    due = dict(steps)
    while due:
        for kind, step in list(due.items()):
            if time.monotonic() >= end or not go_on():
                return
            if not step():
                del due[kind]
