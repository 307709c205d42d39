"""Sign-ins in the database: accounts.sessions.sign_ins.SignIns on Django's ORM."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.conf import conf
from accounts.models import LoginSession, User
from accounts.sessions import statements, void
from accounts.sessions.sign_ins import Authentication, Ended, SignIn

EPOCH = F("user__security_epoch")
"""What the account's is now: a sign-in from before a change has another one."""


class OrmSignIns:
    @transaction.atomic
    def start(self, user: User, sign_in: SignIn, now: datetime) -> LoginSession | None:
        note = statements.note if sign_in.is_of_several else statements.note_by_one_factor
        # To write into the person's row locks it too (`_lock`).
        if not note(user.pk, now).run():
            return None
        user.last_login = now
        remembered = sign_in.remembered and conf().remembers
        seconds = conf().session_remember if remembered else conf().session_absolute
        login = LoginSession.objects.create(
            root_at=Now(),
            user=user,
            **_columns(sign_in.authentication),
            device=sign_in.device,
            remembered=remembered,
            created=now,
            last_seen=now,
            expires=now + timedelta(seconds=seconds),
            # As it was when the password was checked: a change made since then ends this sign-in too.
            security_epoch=user.security_epoch,
        )
        _read_later(login)
        return login

    @transaction.atomic
    def renew(self, login: LoginSession, user: User, authentication: Authentication) -> bool:
        columns = {**_columns(authentication), "security_epoch": user.security_epoch}
        _lock(user.pk)
        alive = LoginSession.objects.filter(sid=login.sid, user=user, user__is_active=True, ended_at=None)
        # What was proved is worth nothing to an account that was changed since it was read.
        alive = alive.filter(user__security_epoch=user.security_epoch)
        if not alive.filter(~void.is_void("root_at")).update(**columns, root_at=Now()):
            return False
        for name, value in columns.items():
            setattr(login, name, value)
        _read_later(login)
        return True

    def living(self, subject: str, except_sid: str, now: datetime, most: int) -> list[LoginSession]:
        theirs = LoginSession.objects.filter(
            _goes_on(now), ~void.is_void("root_at"), user_id=subject, security_epoch=EPOCH
        )
        alive = theirs.filter(ended_at=None, expires__gt=now).exclude(sid=except_sid).select_related("user")
        # The row is the judge, as in every request: the query leaves out what is over, so that a page is full.
        return [login for login in alive.order_by("-last_seen", "-sid")[:most] if login.lives(now)]

    def is_of(self, sid: str, subject: str) -> bool:
        return LoginSession.objects.filter(sid=sid, user_id=subject).exists()

    def end(self, sid: str, now: datetime) -> Ended | None:
        row = (_end if statements.end.runs_here() else _mark_and_read)(sid, now)
        return Ended(sid, str(row.user_id), row.expires) if row is not None else None

    @transaction.atomic
    def end_all(self, subject: str, except_sid: str | None, now: datetime) -> int:
        _lock(subject)
        alive = LoginSession.objects.filter(user_id=subject, ended_at=None).exclude(sid=except_sid)
        return alive.update(ended_at=now)

    def void_until(self, instant: datetime | None) -> None:
        void.void_until(instant)


def _columns(authentication: Authentication) -> dict[str, Any]:
    return {
        "auth_time": authentication.auth_time,
        "methods": list(authentication.methods),
        "acr": authentication.acr,
        "amr": list(authentication.amr),
    }


def _goes_on(now: datetime) -> Q:
    """What `LoginSession.over_at` and `is_kept` say, of rows."""
    absolute, idle, remember = (
        now - timedelta(seconds=seconds)
        for seconds in (conf().session_absolute, conf().session_idle, conf().session_remember)
    )
    ordinary = Q(created__gt=absolute, last_seen__gt=idle)
    return ordinary | Q(remembered=True, created__gt=remember)


def _end(sid: str, now: datetime) -> LoginSession | None:
    return next(iter(statements.end(sid, now)), None)


def _mark_and_read(sid: str, now: datetime) -> LoginSession | None:
    """A sign-in that has ended changes no more: what is read is what ended."""
    return next(iter(statements.of_sid(sid)), None) if statements.mark(sid, now).run() else None


def _read_later(login: LoginSession) -> None:
    """Its instant, which the database wrote, is asked for where somebody looks at it. Hardly anybody does in the
    request that signs in."""
    vars(login).pop("root_at", None)  # it is not there where the same request moved it before


def _lock(subject: UUID | str) -> None:
    """The person's row before those of their sign-ins: every change of an account locks them in this order, else two
    would wait in a ring. It holds the row to its end, so a `root_at` read after this lies after what it voided."""
    list(User.objects.locked(subject).values_list("pk"))
