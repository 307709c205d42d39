"""Django's session engine: one row a request decides whether it lives; a cache only spares reading its data."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError

from accounts.conf import conf
from accounts.ground import clock
from accounts.handles import handles
from accounts.models import LoginSession, Session
from accounts.sessions import cache, sign_ins, statements
from accounts.sessions.expiry import delete_expired

SID = "sid"
"""Where the session's data name its sign-in."""
TOUCH_EVERY = timedelta(minutes=5)
"""last_seen is written at most this often."""
TOUCHES = 10
"""How often last_seen is written, at least, while a session may be idle: it ends early by a tenth of that at most."""
BATCH = 1000
"""Rows that clear_expired deletes at a time, so that it holds no lock for long."""


class SessionStore(SessionBase):
    """Rows of Session, found by the hash of the key: a dump of the database signs nobody in."""

    _login: LoginSession | None = None
    _login_ended = False
    _written: tuple[str, bytes] | None = None
    """The key, and the data that are under it since this request wrote them."""

    @property
    def login(self) -> LoginSession | None:
        """The sign-in that this session belongs to, if it lives."""
        self._get_session()  # type: ignore[attr-defined]  # reads the row, once
        return self._login

    @login.setter
    def login(self, login: LoginSession) -> None:
        self._login, self._login_ended = login, False
        self[SID] = login.sid

    def end_login(self) -> None:
        """Ends the sign-in that this session carries, if it carries one; once, however often it is called."""
        if self.login is not None and not self._login_ended:
            sign_ins.end(self.login.sid)
            self._login_ended = True

    # --- what Django asks of an engine

    def load(self) -> dict[str, Any]:
        now = clock.now()
        row = self._live_row(now)
        data = _data(row) if row else {}
        # Data that cannot be read (its secret key is gone) sign nobody in.
        if row is None or data.get(SID) != row.login_id:
            self._session_key = None
            return {}
        self._login = row.login
        if row.login and row.login.last_seen <= now - _touch_every():
            LoginSession.objects.filter(sid=row.login_id, last_seen=row.login.last_seen).update(last_seen=now)
            row.login.last_seen = now
        return data

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key_hash=hashed(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

    def cycle_key(self) -> None:
        """The data goes on under a key that it gets when it is saved: a row is written once, with all that is in it."""
        self._get_session()  # type: ignore[attr-defined]  # the old key's data
        old, self._session_key = self.session_key, None
        if old is not None:
            self.delete(old)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Writes the data. Raises UpdateError when the session was deleted, or its sign-in ended, in the meantime."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        told = (self.session_key, self.serializer().dumps(data))
        if told == self._written:
            return
        row = Session(
            key_hash=hashed(self.session_key),
            version=secrets.token_urlsafe(16),
            session_data=self.encode(data),
            expires=self.get_expiry_date(),
            login_id=data.get(SID),
        )
        if not (_insert(row) if must_create else _update(row)):
            raise UpdateError
        self._written = told
        cache.put(row.key_hash, row.version, row.session_data)

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            statements.forget(hashed(key)).run()

    def flush(self) -> None:
        """Forgets the session. The net below `sessions.sign_out`: a sign-in that it still carries ends with it, as when
        another person signs in in the same browser."""
        self.end_login()
        super().flush()
        self._login, self._login_ended = None, False

    @classmethod
    def clear_expired(cls) -> None:
        """Deletes expired rows, a batch at a time."""
        delete_expired(BATCH)

    # --- how long: the sign-in says it, not what a form put into the data

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        return self._login.over_at if self._login else clock.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)

    def get_expiry_age(self, **kwargs: Any) -> int:
        return int((self.get_expiry_date() - clock.now()).total_seconds())

    def get_expire_at_browser_close(self) -> bool:
        return not (self._login and self._login.is_kept)

    async def aget_expiry_date(self, **kwargs: Any) -> datetime:
        return self.get_expiry_date()

    async def aget_expiry_age(self, **kwargs: Any) -> int:
        return self.get_expiry_age()

    async def aget_expire_at_browser_close(self) -> bool:
        return self.get_expire_at_browser_close()

    # --- inside

    def _validate_session_key(self, key: str | None) -> bool:
        """Only what could be a key of ours is looked up; anything else in the cookie is no session."""
        return bool(hashed(key))

    def _get_new_session_key(self) -> str:
        return handles().mint()

    def _live_row(self, now: datetime) -> Session | None:
        live = statements.live_lean if cache.enabled() else statements.live
        row = next(map(statements.session_of, live(hashed(self.session_key), now)), None)
        return row if row and (row.login is None or row.login.lives(now)) else None


def _touch_every() -> timedelta:
    return min(TOUCH_EVERY, timedelta(seconds=conf().session_idle) / TOUCHES)


def _data(row: Session) -> dict[str, Any]:
    if "session_data" not in row.get_deferred_fields():
        return _decode(row.session_data)
    cached = cache.get(row.key_hash, row.version)
    data = {} if cached is None else _decode(cached)
    if cached is not None and data.get(SID) == row.login_id:
        return data
    stored = next(iter(statements.data(row.pk)), None)
    if stored is None:
        return {}
    version, session_data = stored
    cache.put(row.key_hash, version, session_data)
    return _decode(session_data)


def _decode(session_data: str) -> dict[str, Any]:
    data: object = SessionStore().decode(session_data)
    return data if isinstance(data, dict) else {}


def hashed(session_key: str | None) -> str:
    """What a session's row is found by. Empty, which no row has, where this cannot be a session key."""
    return handles().key_of(session_key or "") or ""


def _insert(row: Session) -> bool:
    try:
        return statements.add(row).run() == 1
    except IntegrityError as taken:
        raise CreateError from taken


def _update(row: Session) -> bool:
    """Whether the row is there still, and its sign-in lives."""
    columns = (row.version, row.session_data, row.expires)
    if row.login_id is None:
        return statements.write(row.key_hash, *columns).run() == 1
    return statements.write_signed_in(row.key_hash, row.login_id, *columns).run() == 1
