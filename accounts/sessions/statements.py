"""What every request of a person asks of the session, compiled once a process."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, QuerySet

from accounts.ground.sql.statement import statement
from accounts.models import LoginSession, Session, User
from accounts.sessions.void import is_void

Rows = QuerySet[Session, tuple[Any, ...]]
Instance = TypeVar("Instance", bound=Model)


def _columns(model: type[Model], *, without: str = "") -> Sequence[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name != without]


WHOLE = _columns(Session)
LEAN = _columns(Session, without="session_data")
LOGIN = _columns(LoginSession)
USER = _columns(User)


@statement("sessions.live", once=True)
def live(key_hash: str, now: datetime) -> Rows:
    """The columns of the session, then of its sign-in and of whose it is: all NULL where nobody signed in."""
    return _live(WHOLE, key_hash, now)


@statement("sessions.live.lean", once=True)
def live_lean(key_hash: str, now: datetime) -> Rows:
    """The same without the session's data."""
    return _live(LEAN, key_hash, now)


@statement("sessions.data", once=True)
def data(key_hash: str) -> Rows:
    """The version of the session's data, and the data."""
    return Session.objects.filter(pk=key_hash).values_list("version", "session_data")


def _live(columns: Sequence[str], key_hash: str, now: datetime) -> Rows:
    there = Session.objects.filter(~is_void("login__root_at"), key_hash=key_hash, expires__gt=now)
    login, user = [f"login__{name}" for name in LOGIN], [f"login__user__{name}" for name in USER]
    return there.values_list(*columns, *login, *user)


def session_of(row: Sequence[Any]) -> Session:
    """The instance of a row of `live` or `live_lean`, with its sign-in and whose it is."""
    columns = len(row) - len(LOGIN) - len(USER)
    session = _instance(Session, WHOLE if columns == len(WHOLE) else LEAN, row[:columns])
    if session.login_id is not None:
        session.login = _instance(LoginSession, LOGIN, row[columns : -len(USER)])
        session.login.user = _instance(User, USER, row[-len(USER) :])
    return session


def _instance(model: type[Instance], names: Sequence[str], values: Sequence[Any]) -> Instance:
    return model.from_db(DEFAULT_DB_ALIAS, names, values)
