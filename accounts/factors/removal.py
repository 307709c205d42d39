"""Removes what a person lost: by those who run the server, and by nothing that a mailbox proves."""

from django.db import transaction
from django.db.models import F

from accounts import mail, sessions
from accounts.factors import passkeys, second
from accounts.ground import clock
from accounts.models import AuthenticatorApp, Passkey, RecoveryCode, User


def has_any(user: User) -> bool:
    """Whether the person has a second factor or a passkey."""
    return second.is_enrolled(user) or passkeys.has_any(user)


@transaction.atomic
def remove_all(user: User) -> int:
    """The app with its recovery codes, and every passkey; how many apps and passkeys it were. All that the person began
    ends, they are told, and the next sign-in adds a factor again: else whoever has the password would be them from now
    on. It holds the person's row."""
    held = User.objects.lock(user.pk)
    if held is None:
        return 0
    RecoveryCode.objects.filter(user=held).delete()
    apps, _ = AuthenticatorApp.objects.filter(user=held).delete()
    keys, _ = Passkey.objects.filter(user=held).delete()
    if not apps + keys:
        return 0
    User.objects.filter(pk=held.pk).update(
        second_factor_required=True, security_epoch=F("security_epoch") + 1, updated_at=clock.now()
    )
    sessions.end_all(held)
    mail.send("factor_removed", held, username=held.username, factor="all")
    return apps + keys
