"""Failures that are counted: an item a counter, and those of an account are all of one `pk`.

A counter begins by one conditional write, and goes on by another: which of them it takes is known by the item that the
wrong one is refused by. Whether the next one has waited long enough follows from when the last one was let through and
how many there were, as the condition says. The clock is the store's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from accounts.ground.dynamodb.items import EXPIRES, Expression, Item, instant, micros, number
from accounts.ground.dynamodb.service import RETRY_AFTER
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK, SK
from accounts.ground.dynamodb.unit import Condition, Place
from accounts.ground.unavailable import Unavailable
from accounts.stores.base.throttles import Count, Counter, Limit
from accounts.stores.dynamodb.ending import ending

TABLE = "throttles"
FAILURES, SPENT_AT = "failures", "spent_at"
"""`spent_at`: when the last one was let through; absent where that was given back, and nobody has to wait for it."""
ATTEMPTS = 8
"""Each that is lost was another's, who began the counter or ended it."""


class Throttles:
    def __init__(self, state: State) -> None:
        self._state = state

    def spend(self, counter: Counter) -> timedelta | None:
        """An account has no failures, mostly: its counter is begun before anybody looks whether it is there."""
        begins = bool(counter.account)
        for _ in range(ATTEMPTS):
            now = self._state.clock()
            is_let_through, item = (self._begin if begins else self._go_on)(counter, now)
            if is_let_through:
                return None
            begins = _is_over(item, now)
            if not begins and (wait := _count(counter, item, now).wait):
                return wait
        raise Unavailable(RETRY_AFTER)

    def give_back(self, counter: Counter) -> None:
        """What is of an account goes with the last one: strangers at many addresses must not leave it more than may be
        forgotten at once."""
        expression = Expression()
        condition = expression.all_of([(FAILURES, ">", 0)])
        self._state.change(_place(counter), condition, expression, adds={FAILURES: -1}, removes=[SPENT_AT])
        if counter.account:
            self._state.forget(_place(counter), [(FAILURES, "=", 0)])

    def forget(self, account: str) -> None:
        for item in self._state.of(TABLE, _of_account(account)):
            self._state.forget((TABLE, str(item[PK]), str(item[SK])), [(PK, "there", None)])

    def look(self, counters: Sequence[Counter]) -> Mapping[str, Count]:
        now, places = self._state.clock(), {_place(counter): counter for counter in counters}
        held = {places[place]: item for place, item in self._state.several(places).items()}
        return {
            counter.key: _count(counter, item, now)
            for counter, item in held.items()
            if not _is_over(item, now) and number(item, FAILURES) > 0
        }

    def _begin(self, counter: Counter, now: datetime) -> tuple[bool, Item]:
        expression = Expression()
        condition = expression.any_of([(PK, "absent", None), (EXPIRES, "<=", micros(now))])
        sets = {FAILURES: 1, SPENT_AT: micros(now), **ending(now + counter.limit.kept)}
        return self._state.change(_place(counter), condition, expression, sets=sets)

    def _go_on(self, counter: Counter, now: datetime) -> tuple[bool, Item]:
        expression, limit = Expression(), counter.limit
        condition = expression.all_of([(EXPIRES, ">", micros(now)), (FAILURES, "<", limit.failures)])
        if limit.waits:
            condition += f" AND ({_has_waited(expression, limit, now)})"
        ends = {} if limit.window else ending(now + limit.kept)
        return self._state.change(
            _place(counter), condition, expression, sets={SPENT_AT: micros(now), **ends}, adds={FAILURES: 1}
        )


def _has_waited(expression: Expression, limit: Limit, now: datetime) -> str:
    """Fewer failures than those after which anybody waits, or the wait of as many as there are: the waits rise."""
    first, *more = (after for after, _ in limit.waits)
    steps = [expression.any_of([(SPENT_AT, "absent", None), (FAILURES, "<", first)])]
    for below, (_, wait) in zip((*more, None), limit.waits, strict=True):
        waited: Condition = (SPENT_AT, "<=", micros(now - wait))
        steps.append(expression.all_of([waited] if below is None else [waited, (FAILURES, "<", below)]))
    return " OR ".join(f"({step})" for step in steps)


def _count(counter: Counter, item: Item, now: datetime) -> Count:
    failures = number(item, FAILURES)
    again = timedelta()
    if SPENT_AT in item:
        again = instant(number(item, SPENT_AT)) + counter.limit.wait(failures) - now
    return Count(failures=failures, wait=counter.wait(failures, again, instant(number(item, EXPIRES)) - now))


def _is_over(item: Item, now: datetime) -> bool:
    return EXPIRES not in item or number(item, EXPIRES) <= micros(now)


def _place(counter: Counter) -> Place:
    return TABLE, _of_account(counter.account) if counter.account else f"counter:{counter.key}", counter.key


def _of_account(account: str) -> str:
    return f"account:{account}"
