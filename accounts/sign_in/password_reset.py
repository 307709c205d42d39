"""A person gets back in without their password: by a code that is mailed to them, and what else they sign in with.

    name ──▶ code, typed into the browser that asked ──▶ (second factor) ──▶ new password ──▶ what waited

Once the code was right there is a sign-in on its way, and the steps after it are proven to that.
"""

from django.db import transaction
from django.http import HttpRequest

from accounts import mail, sessions
from accounts.factors import second
from accounts.models import User
from accounts.names import same_name_key
from accounts.sign_in import known_devices, unfinished
from accounts.sign_in.mailed_codes import Asker
from accounts.sign_in.unfinished import OnItsWay

KIND = "password_reset"
"""Of mail; and what the code proves of a sign-in on its way. It is no method by which one is signed in."""


def asker(request: HttpRequest, login: str) -> Asker:
    return Asker(request=request, kind=KIND, login=login, user=User.objects.by_identifier(login))


def begin(asker: Asker, following: str) -> str:
    """The handle of the sign-in on its way, for who typed the right code: of the address that it was mailed to."""
    if asker.user is None:
        raise ValueError("no code of nobody's is right")
    return unfinished.begin(asker.request, asker.user, KIND, identifier=asker.user.email, following=following)


def of(request: HttpRequest) -> OnItsWay | None:
    """The one whose page it is, if a code was right and the address is still the person's."""
    found = unfinished.of(request)
    if found is None or KIND not in found.proven:
        return None
    is_theirs = same_name_key(found.record.identifier) == found.user.email_key and found.user.email_verified
    return found if is_theirs else None


def set_password(request: HttpRequest, on_its_way: OnItsWay, password: str) -> bool:
    """Sets it, which ends every sign-in of the person, and signs them in here. False where it is over meanwhile: of
    several at once one wins."""
    with transaction.atomic():
        if not unfinished.finish(request, on_its_way):
            return False
        user = User.objects.lock(on_its_way.user.pk)
        if user is None or _held(user) != _held(on_its_way.user) or second.is_missing(user, used(on_its_way)):
            return False
        user.set_password(password)
        # Not the whole row: the rights in it may have been taken away since it was read.
        user.save(update_fields=["password", "updated_at"])
        mail.send("password_changed", user, username=user.username, by="mail")
        sessions.write(request, user, used(on_its_way))
    sessions.begun(request, user)
    known_devices.note_right(request)
    return True


def used(on_its_way: OnItsWay) -> list[str]:
    """The methods that it signs in by, once the password is set."""
    return ["password", *sorted({*on_its_way.proven} - {KIND})]


def _held(user: User) -> tuple[object, ...]:
    """What may not have changed since."""
    return (user.is_active, user.password, user.security_epoch, user.email_key, user.email_verified)
