"""What is spent once: an item that is put where there is none."""

from datetime import datetime

from accounts.ground.dynamodb.items import digest
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from accounts.stores.dynamodb.ending import ending


class Once:
    def __init__(self, state: State) -> None:
        self._state = state

    def spend(self, name: str, ends: datetime) -> bool:
        return self._state.decide(("one_time", f"once:{digest(name)}", ""), [(PK, "absent", None)], ending(ends))
