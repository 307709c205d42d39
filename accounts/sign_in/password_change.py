"""A person changes their own password."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from accounts import mail, sessions
from accounts.models import User


def change(request: HttpRequest, user: User, password: str) -> None:
    """Of the person's sign-ins only this browser's stays: it has just proved the old password. Raises PermissionDenied
    where the password was changed meanwhile."""
    with transaction.atomic():
        stored = User.objects.lock(user.pk)
        # What was proved is the password of before: it may not undo one that an administrator set meanwhile.
        if stored is None or stored.password != user.password:
            raise PermissionDenied
        # A change that moved the epoch meanwhile ended this sign-in too.
        untouched = stored.security_epoch == user.security_epoch
        user.set_password(password)
        # Not the whole row: the rights in it may have been taken away since it was read.
        user.save(update_fields=["password", "updated_at"])
        mail.send("password_changed", stored, username=user.username, by="self")
        current = sessions.current(request)
        stays = untouched and sessions.reauthenticated(request, user, "password")
        if current and stays:
            sessions.end_others(user, current.sid)
        else:
            sessions.end_all(user)
            sessions.sign_out(request)
