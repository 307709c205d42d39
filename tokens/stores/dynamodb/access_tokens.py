"""Opaque access tokens."""

from datetime import datetime

from accounts.ground.dynamodb.items import EXPIRES, Item, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Place
from tokens.protocol.handles import Key
from tokens.protocol.records import AccessToken
from tokens.stores.dynamodb.records import item_of, record_of


class AccessTokens:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, token: AccessToken) -> None:
        self._state.add(_place(token.key), item_of(token, ends=token.expires))

    def get(self, key: Key, now: datetime) -> AccessToken | None:
        item = self._state.get(_place(key))
        return record_of(AccessToken, item) if item is not None and lives(item, now) else None


def lives(item: Item, now: datetime) -> bool:
    return number(item, EXPIRES) > micros(now)


def _place(key: Key) -> Place:
    return "id_access_tokens", key, ""
