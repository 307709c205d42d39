"""Who signs in where they never did before is told by mail: it may not have been them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.http import HttpRequest

from accounts import mail
from accounts.models import User
from accounts.sign_in import known_devices
from accounts.site.addresses import source_of

KIND = "new_device"


@contextmanager
def told(request: HttpRequest, user: User) -> Iterator[None]:
    """What begins a sign-in of the person stands in it, and comes to be together with the mail. None is sent of a
    known device, nor of the first sign-in of all, and where none can be, nothing is written for it."""
    if user.last_login is None or not mail.reaches(user) or known_devices.device_of(request, user):
        yield
        return
    with transaction.atomic():
        yield
        mail.send(KIND, user, username=user.username, source=source_of(request))
