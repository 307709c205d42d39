"""A person changes the address of their account, once a code that was mailed to the new one was typed.

A first proof of an address is more than a change: whoever made the account may have named somebody else's. So all that
began before is void then; after another one the other sign-ins end alone.
"""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest

from accounts import mail, sessions
from accounts.factors.ending import end_others
from accounts.ground import clock
from accounts.models import User
from accounts.names import same_name_key
from accounts.sign_in.mailed_codes import Asker
from accounts.signals import subject_changed

KIND = "address_change"
"""Of mail."""


class Taken(Exception):
    """The address came to belong to another account meanwhile. Nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the account said before the change."""

    username: str
    email: str
    verified: bool


def asker(request: HttpRequest, user: User, address: str) -> Asker:
    """Who is signed in, and wants the address to be theirs."""
    owner = User.objects.filter(email_key=same_name_key(address)).exclude(pk=user.pk).first()
    return Asker(request=request, kind=KIND, login=address, user=user, proves=True, owner=owner)


def change(request: HttpRequest, user: User, address: str) -> bool:
    """Writes the address that was proven; whether it is the first one that was. Of the person's sign-ins only this
    browser's stays. Raises Taken, and PermissionDenied where something changed the account meanwhile."""
    before = Before(username=user.username, email=user.email, verified=user.email_verified and bool(user.email))
    with transaction.atomic():
        if not _write(user, address):
            raise PermissionDenied
        user.refresh_from_db()
        tell_the_old_one(user, before)
        mail.send("address_changed", user, username=user.username, here="yes")
        _end_others(request, user, everything=not before.verified)
    return not before.verified


def tell_the_old_one(user: User, before: Before) -> None:
    """By mail, in the caller's transaction, where the address was verified, and is not another spelling of the same."""
    if before.verified and same_name_key(before.email) != user.email_key:
        old = mail.To(address=before.email, language=user.locale)
        mail.send_to("address_changed", old, username=before.username, here="")


def _write(user: User, address: str) -> bool:
    """One conditional write: the name with the address, where it was the address."""
    key, names = same_name_key(address), {}
    if user.is_named_by_address:
        names = {"username": address, "username_key": key}
    was = User.objects.filter(pk=user.pk, is_active=True, security_epoch=user.security_epoch)
    was = was.filter(username_key=user.username_key, email_key=user.email_key, email_verified=user.email_verified)
    try:
        with transaction.atomic():
            written = was.update(
                **names,
                email=address,
                email_key=key,
                email_verified=True,
                security_epoch=F("security_epoch") + 1,
                updated_at=clock.now(),
            )
    except IntegrityError:
        raise Taken from None
    return written == 1


def _end_others(request: HttpRequest, user: User, *, everything: bool) -> None:
    """`everything`: with what outlives sessions."""
    current = sessions.current(request)
    if current is None or not sessions.stays(request, user):
        raise PermissionDenied
    if everything:
        sessions.end_others(user, current.sid)
        subject_changed.send(sender=User, subject=str(user.pk))
    else:
        end_others(user, current.sid)
