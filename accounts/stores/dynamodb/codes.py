"""Codes that are mailed to people: an item a holder. An attempt is counted by one conditional write, which shows the
code's digest to who is counted; only then is it judged."""

from datetime import datetime

from accounts.ground.dynamodb.items import EXPIRES, Expression, micros
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Condition, Place
from accounts.stores.base.codes import MOST_ATTEMPTS, Attempt, Code
from accounts.stores.dynamodb.ending import ending

DIGEST, BOUND, ATTEMPTS, SPENT_AT = "digest", "bound", "attempts", "spent_at"
OVER, WRONG = Attempt(outcome="over"), Attempt(outcome="wrong")


class Codes:
    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, holder: str, code: Code) -> None:
        held = {DIGEST: code.digest, BOUND: code.bound, ATTEMPTS: 0, **ending(code.expires)}
        self._state.add(_place(holder), held)

    def attempt(self, holder: str, digest: str, now: datetime) -> Attempt:
        expression = Expression()
        condition = expression.all_of([*_alive(now), (ATTEMPTS, "<", MOST_ATTEMPTS)])
        is_counted, code = self._state.change(_place(holder), condition, expression, adds={ATTEMPTS: 1})
        if not is_counted:
            return OVER
        if code[DIGEST] != digest:
            return WRONG
        return Attempt(outcome="right", bound=str(code[BOUND]))

    def spend(self, holder: str, digest: str, now: datetime) -> bool:
        return self._state.decide(_place(holder), [*_alive(now), (DIGEST, "=", digest)], {SPENT_AT: micros(now)})


def _alive(now: datetime) -> list[Condition]:
    return [(SPENT_AT, "absent", None), (EXPIRES, ">", micros(now))]


def _place(holder: str) -> Place:
    return "one_time", f"mailed:{holder}", ""
