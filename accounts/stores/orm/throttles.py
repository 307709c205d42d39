"""Throttles in the database: a row a counter.

MariaDB may lock rows next to those that are written, and two who forget an account's failures may meet: once more then.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from accounts.ground.dialects import can_return_from_insert
from accounts.ground.taken_back import despite_collision, once_more
from accounts.models import Throttle
from accounts.stores.base.throttles import Count, Counter
from accounts.stores.orm.statements import throttles


class Throttles:
    def spend(self, counter: Counter) -> timedelta | None:
        spender = secrets.randbits(63)
        last, failures, again, expires = once_more(lambda: despite_collision(lambda: _spend(counter, spender)))
        if last == spender:
            return None
        return counter.wait(failures, timedelta(seconds=float(again)), timedelta(seconds=float(expires)))

    def give_back(self, counter: Counter) -> None:
        once_more(lambda: throttles.give_back(counter.key).run())

    def look(self, counters: Sequence[Counter]) -> Mapping[str, Count]:
        by_key = {each.key: each for each in counters}
        there = Throttle.objects.filter(key__in=by_key, failures__gt=0, expires__gt=Now()).annotate(now=Now())
        return {
            key: Count(failures=failures, wait=by_key[key].wait(failures, again - now, expires - now))
            for key, failures, again, expires, now in there.values_list("key", "failures", "again", "expires", "now")
        }

    def forget(self, account: str) -> None:
        once_more(lambda: throttles.forget(account).run())


def _spend(counter: Counter, spender: int) -> throttles.Counted:
    text, values = throttles.spend(counter, spender)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        if not can_return_from_insert():
            cursor.execute(*throttles.counted(counter.key))
        counted: throttles.Counted = cursor.fetchone()
    return counted
