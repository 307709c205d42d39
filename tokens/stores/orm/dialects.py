"""What the databases say differently in the statements that we write ourselves. One record each, and no other place."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Dialect:
    clock: str
    """The instant, by the database's clock, in UTC. As late as can be: after a wait for a row, too."""
    later: str
    """The instant so many seconds after that."""
    seconds: str
    """An instant as seconds since 1970."""
    whole: str
    """A number above 0, without what is behind the point."""
    greatest: str
    """The function that tells the greater of two values, neither of them NULL."""
    on_conflict: str
    """What begins an INSERT's second thought about the row that has its `key` already."""
    offered: str
    """A column's value as that INSERT would have written it."""
    text: str
    """The type that a UUID is cast to, to read it as text."""
    strays: bool = False
    """Whether a DELETE of a list of keys may lock rows beside them, and two of them meet in a deadlock."""
    do_nothing: bool = False
    """Whether an INSERT can be told to do nothing about a row that is there, and to mind any other fault."""
    returning: bool = False
    """Whether an UPDATE can say what it changed."""
    write_in_cte: bool = False
    """Whether one statement can add to two tables, and not if a third forbids it."""
    places: bool = False
    """Whether rows are found fastest by their place in the table."""


ON_CONFLICT = 'ON CONFLICT ("key") DO UPDATE SET'
DIALECTS = {
    "postgresql": Dialect(
        clock="clock_timestamp()",
        later="clock_timestamp() + make_interval(secs => %s)",
        seconds="extract(epoch FROM {})",
        whole="floor({})",
        greatest="greatest",
        on_conflict=ON_CONFLICT,
        offered="excluded.{}",
        text="text",
        do_nothing=True,
        returning=True,
        write_in_cte=True,
        places=True,
    ),
    "sqlite": Dialect(
        # With as many digits as Django writes: instants are compared as texts.
        clock="strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')",
        later="strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now', %s || ' seconds')",
        seconds="((julianday({}) - 2440587.5) * 86400)",
        whole="CAST({} AS integer)",
        greatest="max",
        on_conflict=ON_CONFLICT,
        offered="excluded.{}",
        text="text",
        do_nothing=True,
        returning=True,
    ),
    # MariaDB, under the name of its ancestor. Its NOW() is the statement's beginning, SYSDATE() is this moment.
    "mysql": Dialect(
        clock="sysdate(6)",
        later="sysdate(6) + INTERVAL %s SECOND",
        seconds="unix_timestamp({})",
        whole="floor({})",
        greatest="greatest",
        on_conflict="ON DUPLICATE KEY UPDATE",
        offered="values({})",
        text="char",
        strays=True,
    ),
}


def dialect() -> Dialect:
    """Of the database in use."""
    return DIALECTS[connection.vendor]
