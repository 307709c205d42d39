"""What people's requests ask of their session and its sign-in, compiled once a process."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Exists, Model, OuterRef, QuerySet

from accounts.ground.dialects import can_return
from accounts.ground.sql import answers
from accounts.ground.sql.inserting import insert, insert_select
from accounts.ground.sql.sql import Sql, delete, update
from accounts.ground.sql.statement import statement
from accounts.models import AuthenticatorApp, LoginSession, Session, User
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
    """The columns of the session, then of its sign-in and of whose it is: all NULL where nobody signed in. The last one
    says whether a group of theirs requires a second factor."""
    return _live(WHOLE, key_hash, now)


@statement("sessions.live.lean", once=True)
def live_lean(key_hash: str, now: datetime) -> Rows:
    """The same without the session's data."""
    return _live(LEAN, key_hash, now)


@statement("sessions.data", once=True)
def data(key_hash: str) -> Rows:
    """The version of the session's data, and the data."""
    return Session.objects.filter(pk=key_hash).values_list("version", "session_data")


@statement("sessions.alive", once=True)
def alive(sid: str) -> "QuerySet[LoginSession, tuple[Any, ...]]":
    """The sign-in, unless it was ended or is void."""
    return LoginSession.objects.filter(~is_void("root_at"), sid=sid, ended_at=None).values_list("sid")


@statement("sessions.app", once=True)
def app(user_id: UUID) -> "QuerySet[AuthenticatorApp, tuple[UUID]]":
    """The person, if they have an authenticator app."""
    return AuthenticatorApp.objects.filter(user_id=user_id).values_list("user_id")


@statement("sessions.add")
def add(session: Session) -> Sql:
    """The row; none where it is of a sign-in that is over."""
    if session.login_id is None:
        return insert(session)
    text, values = insert_select(session)
    lives = alive.sql(session.login_id)
    return Sql(f"{text} WHERE EXISTS ({lives.text})", [*values, *lives.values])


@statement("sessions.write", once=True)
def write(key_hash: str, version: str, session_data: str, expires: datetime) -> Sql:
    """Of nobody who signed in."""
    return update(
        Session.objects.filter(pk=key_hash),
        version=version,
        session_data=session_data,
        expires=expires,
        login_id=None,
    )


@statement("sessions.write.signed_in", once=True)
def write_signed_in(key_hash: str, sid: str, version: str, session_data: str, expires: datetime) -> Sql:
    return update(
        Session.objects.filter(Exists(alive.build(sid)), pk=key_hash),
        version=version,
        session_data=session_data,
        expires=expires,
        login_id=sid,
    )


@statement("sessions.forget", once=True)
def forget(key_hash: str) -> Sql:
    return delete(Session.objects.filter(pk=key_hash))


@statement("sign_ins.note", once=True)
def note(person: UUID, now: datetime) -> Sql:
    """That the person signed in."""
    return update(User.objects.filter(pk=person), last_login=now)


@statement("sign_ins.note.by_one_factor", once=True)
def note_by_one_factor(person: UUID, now: datetime) -> Sql:
    """The same, unless they have an authenticator app."""
    return update(User.objects.filter(~Exists(app.build(person)), pk=person), last_login=now)


@statement("sign_ins.end", needs=can_return, once=True)
def end(sid: str, now: datetime) -> Sql:
    """The row, as it ends."""
    quote = connection.ops.quote_name
    text = f"""
        UPDATE {quote(LoginSession._meta.db_table)} SET {quote("ended_at")} = %s
        WHERE ended_at IS NULL AND sid = %s RETURNING {", ".join(map(quote, LOGIN))}
    """  # noqa: S608 names of ours
    return Sql(text, [connection.ops.adapt_datetimefield_value(now), sid], answers.of(LoginSession))


@statement("sign_ins.end.mark", once=True)
def mark(sid: str, now: datetime) -> Sql:
    """For databases whose UPDATE does not answer: the row is read afterwards."""
    return update(of_sid.build(sid).filter(ended_at=None), ended_at=now)


@statement("sign_ins.of_sid", once=True)
def of_sid(sid: str) -> QuerySet[LoginSession]:
    return LoginSession.objects.filter(sid=sid)


def _live(columns: Sequence[str], key_hash: str, now: datetime) -> Rows:
    there = Session.objects.filter(~is_void("login__root_at"), key_hash=key_hash, expires__gt=now)
    login, user = [f"login__{name}" for name in LOGIN], [f"login__user__{name}" for name in USER]
    of_user = User.people_groups.through.objects.filter(user_id=OuterRef("login__user_id"))
    return there.values_list(*columns, *login, *user, Exists(of_user.filter(peoplegroup__second_factor_required=True)))


def session_of(row: Sequence[Any]) -> Session:
    """The instance of a row of `live` or `live_lean`, with its sign-in and whose it is."""
    *row, group_requires = row
    columns = len(row) - len(LOGIN) - len(USER)
    session = _instance(Session, WHOLE if columns == len(WHOLE) else LEAN, row[:columns])
    if session.login_id is not None:
        session.login = _instance(LoginSession, LOGIN, row[columns : -len(USER)])
        session.login.user = _instance(User, USER, row[-len(USER) :])
        session.login.group_requires = bool(group_requires)
    return session


def _instance(model: type[Instance], names: Sequence[str], values: Sequence[Any]) -> Instance:
    return model.from_db(DEFAULT_DB_ALIAS, names, values)
