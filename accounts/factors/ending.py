"""What ends where a person's factors change (ASVS 7.4.3)."""

from accounts import sessions
from accounts.models import LoginSession, User


def end_others(user: User, except_sid: str | None, by: str | None = None) -> None:
    """Ends the person's other sign-ins, and tells what hangs on each. `by`: only those that a method is among."""
    for login in LoginSession.objects.filter(user=user, ended_at=None).exclude(sid=except_sid):
        if by is None or by in login.methods:
            sessions.end(login.sid)
