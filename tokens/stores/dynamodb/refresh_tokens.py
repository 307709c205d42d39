"""Refresh tokens. One that is spent has an item beside it, one a region that spent it: nothing is written to the
token's own, which no late write of another region can bring back."""

from dataclasses import replace
from datetime import datetime, timedelta

from accounts.ground.dynamodb.items import EXPIRES, Value, instant, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK, SK
from accounts.ground.dynamodb.unit import Place
from tokens.conf import conf
from tokens.protocol.handles import Key
from tokens.protocol.records import RefreshToken
from tokens.stores.dynamodb.records import ending, item_of, record_of

TABLE = "long_lived_authorizations"
TOKEN, SPENDING, AT = "token", "spent#", "at"


class RefreshTokens:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, token: RefreshToken, forget: Key | None = None) -> None:
        """`forget` ends by itself."""
        self._state.add((TABLE, token.key, TOKEN), item_of(replace(token, spent_at=None), ends=token.expires))
        if token.spent_at is not None:
            self._state.add(self._spending(token.key), _spent(token, token.spent_at))

    def consume(self, key: Key, client_id: str, now: datetime) -> RefreshToken | None:
        token = self.get(key, client_id)
        if token is None or token.spent_at is not None or token.expires <= now:
            return None
        has_won = self._state.decide(self._spending(key), [(PK, "absent", None)], _spent(token, now))
        return replace(token, spent_at=now) if has_won else None

    def get(self, key: Key, client_id: str) -> RefreshToken | None:
        items = self._state.of(TABLE, key)
        at = [number(item, AT) for item in items if AT in item]
        held = [item for item in items if AT not in item]
        if not held:
            return None
        token = record_of(RefreshToken, held[0], expires=instant(number(held[0], EXPIRES)))
        if token.client_id != client_id:
            return None
        return replace(token, spent_at=instant(min(at))) if at else token

    def extend(self, key: Key, expires: datetime) -> None:
        """Its token alone is there before it is spent."""
        if [str(item[SK]) for item in self._state.of(TABLE, key)] == [TOKEN]:
            self._state.write((TABLE, key, TOKEN), [(EXPIRES, "<", micros(expires))], ending(expires))

    def _spending(self, key: Key) -> Place:
        return TABLE, key, f"{SPENDING}{self._state.region}"


def _spent(token: RefreshToken, at: datetime) -> dict[str, Value]:
    """It outlives its token, which a request that keeps it may be putting off at this moment."""
    return {AT: micros(at), **ending(max(token.expires, at + timedelta(seconds=conf().refresh_token_idle)))}
