"""What a request holds while it works, and gives back while it waits for somebody who is not ours."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol

from django.db import connection


class Turn(Protocol):
    """A request's turn at its endpoint."""

    def give_back(self) -> None: ...

    def take_again(self) -> None:
        """Raises Unavailable where it does not come soon."""

    def at_the_database(self) -> AbstractContextManager[None]:
        """See `at_the_database`."""


_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


def hold(turn: Turn | None) -> None:
    """From now on this thread's request has it."""
    _turn.set(turn)


@contextmanager
def given_back() -> Iterator[None]:
    """While the block waits for a stranger the request has neither its turn nor a connection to the database: whoever
    makes us wait takes neither from others. Raises Unavailable after it, where the turn does not come again."""
    turn = _turn.get()
    if turn is None or connection.in_atomic_block:
        yield
        return
    connection.close()
    turn.give_back()
    hold(None)
    try:
        yield
    finally:
        turn.take_again()
        hold(turn)


def at_the_database() -> AbstractContextManager[None]:
    """For the block the request asks the database. Where its turn is for another store it takes one of the database's
    besides, for so long: who waits for people's rows keeps nobody who needs none. Raises Unavailable then, where the
    database does not answer."""
    turn = _turn.get()
    return turn.at_the_database() if turn is not None else nullcontext()
