"""Sign-ins in the database: accounts.sessions.sign_ins.SignIns on Django's ORM."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.conf import conf
from accounts.models import LoginSession, User
from accounts.sessions import void
from accounts.sessions.sign_ins import Authentication, Ended, SignIn


class OrmSignIns:
    @transaction.atomic
    def start(self, user: User, sign_in: SignIn, now: datetime) -> LoginSession | None:
        # To write into the person's row locks it too (`_lock`).
        if not User.objects.filter(pk=user.pk).update(last_login=now):
            return None
        user.last_login = now
        seconds = conf().session_remember if sign_in.remembered else conf().session_absolute
        login = LoginSession.objects.create(
            root_at=Now(),
            user=user,
            **_columns(sign_in.authentication),
            device=sign_in.device,
            remembered=sign_in.remembered,
            created=now,
            last_seen=now,
            expires=now + timedelta(seconds=seconds),
            # As it was when the password was checked: a change made since then ends this sign-in too.
            security_epoch=user.security_epoch,
        )
        login.refresh_from_db(fields=["root_at"])
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
        login.refresh_from_db(fields=["root_at"])
        return True

    def end(self, sid: str, now: datetime) -> Ended | None:
        if not LoginSession.objects.filter(sid=sid, ended_at=None).update(ended_at=now):
            return None
        subject, expires = LoginSession.objects.values_list("user_id", "expires").get(sid=sid)
        return Ended(sid, str(subject), expires)

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


def _lock(subject: UUID | str) -> None:
    """The person's row before those of their sign-ins: every change of an account locks them in this order, else two
    would wait in a ring. It holds the row to its end, so a `root_at` read after this lies after what it voided."""
    list(User.objects.locked(subject).values_list("pk"))
