"""What fitted the database lately: an item a digest, which every node that fits writes again."""

from datetime import datetime

from accounts.ground.dynamodb.items import EXPIRES, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from accounts.ground.dynamodb.unit import Place
from tokens.stores.dynamodb.records import ending


class Fits:
    def __init__(self, state: State) -> None:
        self._state = state

    def note(self, digest: str, expires: datetime) -> None:
        self._state.write(_place(digest), [(PK, "absent", None), (EXPIRES, "<", micros(expires))], ending(expires))

    def are_known(self, digest: str, now: datetime) -> bool:
        item = self._state.get(_place(digest))
        return item is not None and number(item, EXPIRES) > micros(now)


def _place(digest: str) -> Place:
    return "one_time", f"fits:{digest}", ""
