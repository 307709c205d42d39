"""`manage.py reseal`, and what still needs an older secret."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from accounts import mail
from accounts.conf import Mail
from accounts.factors import totp
from accounts.ground import clock
from accounts.ground.resealing import Sealed, reseal
from accounts.mail.message import message_of
from accounts.models import AuthenticatorApp, User
from accounts.models import Mail as Row
from tests.accounts.authenticator import add_app

NEW = {"new": bytes(range(32))}


def said(command: str = "reseal") -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


@pytest.fixture
def offered(settings: Settings, tmp_path: Path) -> None:
    settings.MAIL = Mail(folder=tmp_path)


def test_what_was_written_anew_needs_the_older_secret_no_more(person: User, offered: None, settings: Settings) -> None:
    person.email_verified = True
    person.save()
    app = add_app(person)
    mail.send("password_changed", person, username="alice", by="self")
    now = clock.now()
    sent = Row.objects.create(kind="trial", recipient="", data="", created=now, expires=now + timedelta(days=1))
    settings.SEALING_KEYS = {**NEW, **settings.SEALING_KEYS}
    assert said().splitlines()[:2] == [
        "authenticator apps: 1 written anew, 0 that no secret opens",
        "mails that wait: 1 written anew, 0 that no secret opens",
    ]
    assert said().splitlines()[0] == "authenticator apps: 0 written anew, 0 that no secret opens", "once is enough"
    settings.SEALING_KEYS = NEW
    assert totp.spend(person, app.code(), clock.now())
    assert "alice" in str(message_of(Row.objects.get(kind="password_changed")))
    assert Row.objects.get(pk=sent.pk).data == ""


def test_what_no_secret_opens_is_told_and_stays(person: User, settings: Settings) -> None:
    add_app(person)
    before = AuthenticatorApp.objects.get().secret
    settings.SEALING_KEYS = NEW
    with pytest.raises(CommandError, match="IDP_SECRETS/sealing: put back"):
        said()
    assert AuthenticatorApp.objects.get().secret == before


def test_what_somebody_wrote_meanwhile_stays(person: User, settings: Settings) -> None:
    add_app(person)
    settings.SEALING_KEYS = {**NEW, **settings.SEALING_KEYS}

    def context(pk: object) -> str:
        AuthenticatorApp.objects.update(secret="new.another")
        return totp.context_of(person.pk)

    counts = reseal(
        Sealed(rows=AuthenticatorApp.objects.all(), column="secret", context=context), settings.SEALING_KEYS
    )
    assert (counts.written, counts.lost) == (0, 0)
    assert AuthenticatorApp.objects.get().secret == "new.another"
