"""Client assertions that were shown: once a region."""

from datetime import datetime

from accounts.ground.dynamodb.items import digest
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from tokens.stores.dynamodb.records import ending


class ClientAssertions:
    def __init__(self, state: State) -> None:
        self._state = state

    def use(self, client_id: str, jti: str, expires: datetime) -> bool:
        """The digests, for both may be longer than a key, and of any letters."""
        place = ("one_time", f"assertion:{digest(client_id)}:{digest(jti)}", "")
        return self._state.decide(place, [(PK, "absent", None)], ending(expires))
