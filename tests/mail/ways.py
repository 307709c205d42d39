"""Where mail goes in a test, and what is done with it."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from accounts import mail
from accounts.conf import Mail as Settings
from accounts.ground.mail_server import mail_server
from accounts.models import Mail, User
from accounts.work.send_mail import deliver

CODE = "834-199-265"
SENT = {"ended": 0, "sent": 1}


def mail_by(url: str) -> Settings:
    """The settings by which it goes to the server of this URL."""
    return Settings(url=mail_server(url), sender="no-reply@idp.example", support="help@idp.example")


def tell(user: User) -> None:
    mail.send("password_changed", user, username=user.username, by="self")


def send_to(address: str, kind: str = "code") -> None:
    """A code, for ten minutes."""
    mail.send_code(kind, mail.To(address=address), timezone.now() + timedelta(minutes=10), code=CODE)


def work() -> Mapping[str, int]:
    return deliver(lambda: True)


def pass_time(time: timedelta) -> None:
    """As if it had passed for all mail."""
    for row in Mail.objects.all():
        row.created, row.expires = row.created - time, row.expires - time
        row.due = row.due and row.due - time
        row.save()
