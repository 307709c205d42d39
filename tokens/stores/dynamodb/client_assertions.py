"""Client assertions that were shown: once a region."""

from datetime import datetime

from tokens.stores.dynamodb.items import digest
from tokens.stores.dynamodb.records import ending
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.tables import PK


class ClientAssertions:
    def __init__(self, state: State) -> None:
        self._state = state

    def use(self, client_id: str, jti: str, expires: datetime) -> bool:
        """The digests, for both may be longer than a key, and of any letters."""
        place = ("one_time", f"assertion:{digest(client_id)}:{digest(jti)}", "")
        return self._state.decide(place, [(PK, "absent", None)], ending(expires))
