"""Whether a node may be sent requests, as far as the service can tell: one call that reads an item of each table."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from accounts.ground import clock
from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.dynamodb.explaining import ERRORS, explain_to_anybody
from accounts.ground.dynamodb.process import service
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Place
from accounts.ground.unavailable import Unavailable
from tokens.conf import CLOCK_MARGIN
from tokens.stores.base import Check
from tokens.stores.dynamodb.tables import TABLES

NOBODYS = "readiness"
"""A key that no item has."""
SECOND = timedelta(seconds=1)


def checks(state: State) -> Mapping[str, Check]:
    return {"store": lambda: _tables(state), "store's clock": lambda: _clock(state)}


def checks_of_the_service() -> Mapping[str, Check]:
    """Where the store of people is there alone."""
    no_region = ""  # which no key that is read here has
    return checks(State(service(), dynamodb().prefix, no_region, clock.now))


def _tables(state: State) -> str | None:
    """What is wrong, where the service, or what is before it, says so. Raises Unavailable, where there was no time."""
    try:
        state.ask(_places())
    except Unavailable as error:
        if not isinstance(error.__cause__, ERRORS):
            raise
        return explain_to_anybody(error.__cause__, dynamodb())
    return None


def _clock(state: State) -> str | None:
    """The service's clock, of which it tells whole seconds, against the one that this node goes by."""
    before = state.clock()
    date = state.ask(_places())["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is None:
        return "the service's answers tell no time"
    off = skew(before, parsedate_to_datetime(date), state.clock()).total_seconds()
    return f"{off:.1f} s off the service's" if abs(off) > CLOCK_MARGIN.total_seconds() else None


def skew(before: datetime, second: datetime, after: datetime) -> timedelta:
    """How far a clock is ahead that stood within `second` and the next one while ours went from `before` to `after`: at
    the least."""
    if second > after:
        return second - after
    return min(second + SECOND - before, timedelta())


def _places() -> list[Place]:
    return [(table.name, NOBODYS, NOBODYS if table.sorted else "") for table in TABLES.values()]
