"""A person names a passkey of theirs, or removes it."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import mail
from accounts.factors.ending import end_others
from accounts.models import Passkey, User


class LastWay(Exception):
    """Without it the person could not sign in any more."""

    def __str__(self) -> str:
        return _("It is your only way to sign in, and stays. Add another passkey first.")


def rename(passkey: Passkey, name: str) -> None:
    Passkey.objects.filter(pk=passkey.pk).update(name=name)


@transaction.atomic
def remove(user: User, key: str, except_sid: str | None) -> bool:
    """Tells the person, and ends what began with a passkey elsewhere, for nobody knows with which (ASVS 7.4.3); False
    where it is gone already. Raises LastWay. The person's row is held: of two that go at
    once each sees what the other one left."""
    held = User.objects.lock(user.pk)
    row = Passkey.objects.filter(pk=key, user=user).first()
    if held is None or row is None:
        return False
    if not held.has_usable_password() and not Passkey.objects.filter(user=user).exclude(pk=key).exists():
        raise LastWay
    row.delete()
    end_others(held, except_sid, by="passkey")
    mail.send("factor_removed", held, username=held.username, factor="passkey", name=row.name)
    return True
