"""Links by which a person sets a password without the old one: one use, an hour (NIST SP 800-63B-4 §4.2.1, ASVS 6.4.3).

Only the hash of what stands in a link is kept. A link is bound to what the account's names, password, state and rights
were: any change of these makes it void. Who makes a link for somebody may use it, and may not have rights by it that
came later.
"""

import hashlib
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import mail, rights
from accounts.handles import handles
from accounts.models import RESET_LINK_LIFETIME, ResetLink, User

PARAMETER = "link"


def make(user: User, now: datetime) -> str:
    """The address of a new link for the person; the ones from before are void. Of two that are made at once the second
    waits for the first, and ends it."""
    text = handles().mint()
    with transaction.atomic():
        User.objects.lock(user.pk)
        ResetLink.objects.filter(user=user).delete()
        ResetLink.objects.create(key=_key(text), user=user, state=_state(user), expires=now + RESET_LINK_LIFETIME)
    # In the query, which no log of requests has.
    return f"{settings.ISSUER}{reverse('new_password')}?{urlencode({PARAMETER: text})}"


def person_of(text: str, now: datetime) -> User | None:
    """Whose password the link sets; None where it is over."""
    row = ResetLink.objects.select_related("user").filter(key=_key(text), expires__gt=now).first()
    return row.user if row is not None and _is_bound(row, row.user) else None


def spend(text: str, password: str, now: datetime) -> User | None:
    """Sets the password, which ends every sign-in of the person; None where the link is over. Of several at once one
    wins."""
    with transaction.atomic():
        row = ResetLink.objects.filter(key=_key(text), expires__gt=now).first()
        user = User.objects.lock(row.user_id) if row is not None else None
        if row is None or user is None or not _is_bound(row, user):
            return None
        deleted, _ = ResetLink.objects.filter(key=row.key).delete()
        if deleted != 1:
            return None
        user.set_password(password)
        # Not the whole row: the rights in it may have been taken away since it was read.
        user.save(update_fields=["password", "updated_at"])
        mail.send("password_changed", user, username=user.username, by="link")
        return user


def _key(text: str) -> str:
    """Of what is no link at all: a key that no row has."""
    return handles().key_of(text) or ""


def _is_bound(row: ResetLink, user: User) -> bool:
    return user.is_active and row.state == _state(user)


def _state(user: User) -> str:
    names = (str(user.pk), user.username_key, user.email_key or "")
    held = (*names, user.password, str(user.security_epoch), rights.spelled(user))
    return hashlib.sha256("\n".join(held).encode()).hexdigest()
