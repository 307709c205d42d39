"""Authorization codes, spent by one conditional write in their region."""

from dataclasses import replace
from datetime import datetime

from accounts.ground.dynamodb.items import EXPIRES, Item, instant, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Condition, Place
from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import AuthorizationCode
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.records import item_of, record_of

SPENT_AT = "spent_at"


class Codes:
    def __init__(self, state: State, journal: Journal) -> None:
        self._state, self._journal = state, journal

    def add(self, code: AuthorizationCode) -> bool:
        if self._journal.revoked([*journal.of(code.authorization)], code.authorization.root_at):
            return False
        self._state.add(_place(code.key), item_of(code, ends=code.expires))
        return True

    def consume(self, key: Key, client_id: str, now: datetime) -> AuthorizationCode | None:
        code = self.get(key, client_id)
        if code is None or code.spent_at is not None or code.expires <= now:
            return None
        conditions: list[Condition] = [(SPENT_AT, "absent", None), (EXPIRES, ">", micros(now))]
        has_won = self._state.decide(_place(key), conditions, {SPENT_AT: micros(now)})
        return replace(code, spent_at=now) if has_won else None

    def get(self, key: Key, client_id: str) -> AuthorizationCode | None:
        item = self._state.get(_place(key))
        code = _code(item) if item is not None else None
        return code if code is not None and code.authorization.client_id == client_id else None


def _code(item: Item) -> AuthorizationCode:
    spent = {SPENT_AT: instant(number(item, SPENT_AT))} if SPENT_AT in item else {}
    return record_of(AuthorizationCode, item, **spent)


def _place(key: Key) -> Place:
    return "one_time", f"code:{key}", ""
