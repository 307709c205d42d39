"""What is spent once: an item that is put where there is none, or one that was spent by the same."""

from datetime import datetime

from accounts.ground.dynamodb.items import Expression, Value, digest
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from accounts.ground.dynamodb.unit import Condition
from accounts.stores.dynamodb.ending import ending

SPENT_BY = "spent_by"


class Once:
    def __init__(self, state: State) -> None:
        self._state = state

    def spend(self, name: str, ends: datetime, by: str = "") -> bool:
        expression, sets = Expression(), dict[str, Value](ending(ends))
        may: list[Condition] = [(PK, "absent", None)]
        if by:
            sets[SPENT_BY] = by
            may.append((SPENT_BY, "=", by))
        place = ("one_time", f"once:{digest(name)}", "")
        return self._state.change(place, expression.any_of(may), expression, sets=sets)[0]
