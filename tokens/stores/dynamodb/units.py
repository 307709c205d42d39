"""Units of a store without transactions: they decide at their end."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from accounts.ground.dynamodb.service import RETRY_AFTER
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Unit
from accounts.ground.unavailable import Unavailable
from tokens.stores.base.units import Answer
from tokens.stores.dynamodb.in_sql import InSql

ATTEMPTS = 8
"""Each that is lost was another's gain."""


class Units:
    def __init__(self, state: State, in_sql: InSql) -> None:
        self._state, self._in_sql = state, in_sql

    def unit(self) -> AbstractContextManager[None]:
        return self._in_sql.unit()

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        if (outer := self._state.unit) is not None:
            with self._state.begun(within := outer.within()):
                answer = work()
            outer.take(within)
            return answer
        unit = Unit()
        for _ in range(ATTEMPTS):
            with self._state.begun(unit):
                answer = work()
            if self._state.end(unit):
                return answer
            unit = unit.again()
        raise Unavailable(RETRY_AFTER)
