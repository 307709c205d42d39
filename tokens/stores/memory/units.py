"""Units of a store without transactions: they decide at their end.

While the work of `in_unit` runs nothing is written. At its end comes first all that it added, which nobody can reach
before the answer leaves, and which is there already where a unit that crashed or lost wrote it; then the one
conditional write that decides. A crash between the two leaves what works once unspent: the next try ends as the first
would have. Who loses to another begins once more from the start, and sees what it lost to.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from accounts.ground.unavailable import Unavailable
from tokens.stores.base.units import Answer
from tokens.stores.memory.state import State
from tokens.stores.memory.unit import Unit

ATTEMPTS = 32
"""Each that is lost was another's gain: more at once than this are not served."""
RETRY_AFTER = timedelta(seconds=1)


class Units:
    def __init__(self, state: State) -> None:
        self._state = state

    def unit(self) -> AbstractContextManager[None]:
        return nullcontext()

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        if (outer := self._state.unit) is not None:
            with outer.begun():
                return work()
        written = set[object]()
        for _ in range(ATTEMPTS):
            with self._state.begun(unit := Unit(written=written)):
                answer = work()
            if self._end(unit):
                return answer
        raise Unavailable(RETRY_AFTER)

    def _end(self, unit: Unit) -> bool:
        """Whether the unit held."""
        for write in unit.writes:
            self._write(write)
        return self._decide(unit)

    def _write(self, write: Callable[[], None]) -> None:
        with self._state.lock:
            write()

    def _decide(self, unit: Unit) -> bool:
        with self._state.lock:
            holds = all(change.holds() for change in unit.changes.values())
            if holds:
                unit.make()
            return holds
