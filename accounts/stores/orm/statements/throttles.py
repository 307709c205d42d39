"""What throttles ask of the database; first of all the statement that counts one more failure and decides whether that
one is let through."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F

from accounts.ground.dialects import Dialect, can_return_from_insert, dialect
from accounts.ground.sql import sql
from accounts.ground.sql.statement import statement
from accounts.ground.upserts import upsert
from accounts.models import Throttle
from accounts.stores.base.throttles import Counter, Limit

TABLE = "accounts_throttle"
COLUMNS = ("key", "account", "failures", "spender", "again", "spent_at", "expires")
Counted = tuple[int, int, float | Decimal, float | Decimal]
"""Who was let through last, the failures, and the seconds from now until the next one is let through and until all are
forgotten."""
Sql = tuple[str, Sequence[Any]]


def spend(counter: Counter, spender: int) -> Sql:
    """Adds the row, or counts one more in the one that is there unless it is full; answers as `counted`. All is decided
    at the instant that the INSERT proposes: the clock goes on while the statement runs."""
    words, limit = dialect(), counter.limit
    row = dict(zip(COLUMNS, ("%s", "%s", "1", "%s", words.clock, words.clock, words.clock_plus), strict=True))
    text = upsert(TABLE, ["key"], row, _changes(words, limit))
    if can_return_from_insert():
        text += f" RETURNING {_told(words)}"
    waits = [wait.total_seconds() for _, wait in reversed(limit.waits)]
    return text, [counter.key, counter.account, spender, limit.kept.total_seconds(), *waits]


def counted(key: str) -> Sql:
    """For databases whose INSERT does not answer."""
    return f"SELECT {_told(dialect())} FROM {TABLE} WHERE {connection.ops.quote_name('key')} = %s", [key]  # noqa: S608 words of ours


@statement("throttles.give_back", once=True)
def give_back(key: str) -> sql.Sql:
    return sql.update(Throttle.objects.filter(key=key, failures__gt=0), failures=F("failures") - 1, again=F("spent_at"))


@statement("throttles.forget", once=True)
def forget(account: str) -> sql.Sql:
    return sql.delete(Throttle.objects.filter(account=account))


def _told(words: Dialect) -> str:
    now = words.seconds.format(words.clock)
    return ", ".join(
        ("spender", "failures", *(f"{words.seconds.format(name)} - {now}" for name in ("again", "expires")))
    )


def _changes(words: Dialect, limit: Limit) -> Mapping[str, str]:
    """What becomes of a row that is there. Where each assignment sees those before it, the first one notes what was
    decided, and the columns that the others look at change after them."""
    spender, now, end = (words.excluded.format(name) for name in ("spender", "spent_at", "expires"))
    forgotten = f"{TABLE}.expires <= {now}"
    # No wait was set where `again` is not after `spent_at`, which may lie after this statement's own instant: another
    # began later and came first.
    waited = f"({TABLE}.again <= {now} OR {TABLE}.again <= {TABLE}.spent_at)"
    let_through = f"{forgotten} OR ({TABLE}.failures < {limit.failures:d} AND {waited})"
    noted = f"{TABLE}.spender = {spender}" if words.assigns_in_turn else let_through
    first = f"CASE WHEN {forgotten} THEN {end} ELSE {TABLE}.expires END"
    changes = (
        ("spender", let_through, spender),
        ("again", noted, _again(words, limit, forgotten, now)),
        ("failures", noted, f"CASE WHEN {forgotten} THEN 1 ELSE {TABLE}.failures + 1 END"),
        ("spent_at", noted, now),
        ("expires", noted, first if limit.window else end),
    )
    return {name: f"CASE WHEN {when} THEN {new} ELSE {TABLE}.{name} END" for name, when, new in changes}


def _again(words: Dialect, limit: Limit, forgotten: str, now: str) -> str:
    """When the next one is let through, with the waits as parameters: the row has the failures of before."""
    waits = "".join(
        f" WHEN {TABLE}.failures >= {after - 1:d} THEN {words.clock_plus}" for after, _ in reversed(limit.waits)
    )
    return f"CASE WHEN {forgotten} THEN {now}{waits} ELSE {now} END"
