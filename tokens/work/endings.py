"""Tells a store that is elsewhere of sign-ins that ended, where the request that ended them was lost before it did."""

from collections.abc import Mapping

from accounts.ground.task import GoOn, Task
from tokens.stores import store


def _tell(go_on: GoOn) -> Mapping[str, int]:
    endings = store().endings
    return endings.tell_lost(go_on) if endings is not None else {}


TASKS: Mapping[str, Task] = {"tell_endings": Task(5, _tell)}
"""Of a node whose store is there."""
