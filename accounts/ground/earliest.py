"""The earliest ends of several tables, in one statement: how late it is what is swept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.ground.dialects import dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A column of a table. `since`: earlier ends are not looked at."""

    model: type[Model]
    column: str
    since: datetime | None


def earliest(each: Sequence[Ends]) -> tuple[str, Sequence[Any]]:
    """A statement: the instant, and of each the earliest end, or NULL, in seconds since 1970."""
    words = dialect()
    values = [connection.ops.adapt_datetimefield_value(ends.since) for ends in each if ends.since is not None]
    return f"SELECT {words.seconds.format(words.clock)}, {', '.join(map(_earliest, each))}{words.no_table}", values


def late(now: Any, end: Any) -> float:
    """Seconds since the end, of what `earliest` told; 0 where there is none."""
    return 0.0 if end is None else max(0.0, float(now) - float(end))


def _earliest(ends: Ends) -> str:
    table = connection.ops.quote_name(ends.model._meta.db_table)
    since = "" if ends.since is None else f" WHERE {ends.column} >= %s"
    return f"(SELECT {dialect().seconds.format(f'min({ends.column})')} FROM {table}{since})"  # noqa: S608 names of ours
