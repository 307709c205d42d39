"""What is written of a mail before it is sent: sealed, within limits, and the same whether or not anybody gets it."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import mail
from accounts.ground.sealing import CannotUnseal
from accounts.mail.limits import LIMITS, may_ask
from accounts.mail.message import message_of
from accounts.models import Mail, Throttle, User
from accounts.sessions import delete_expired
from tests.mail.ways import CODE, pass_time, send_to, tell, work
from tests.servers.smtp import Smtp

SOURCE, TYPED = "192.0.2.1", "somebody@example.org"


def everything_kept() -> str:
    """All that the tables say."""
    models = (model for app in apps.get_app_configs() for model in app.get_models() if model._meta.managed)
    return repr([list(model._default_manager.values()) for model in models])


def ask(user: User | None, address: str = TYPED, source: str = SOURCE) -> None:
    """What a page does that sends a code to whoever has an address."""
    if may_ask(source, address, user) != "sent":
        return
    to = mail.NOBODY if user is None else mail.To(address=user.email, language=user.locale)
    with transaction.atomic():
        mail.send_code("code", to, timezone.now() + timedelta(minutes=10), code=CODE)


@pytest.mark.django_db
def test_a_code_is_in_no_table_as_it_is_and_in_no_line_of_the_log(
    server: Smtp, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    send_to("alice@example.org")
    send_to("550-rcpt@example.org")
    send_to("451-rcpt@example.org")
    assert Mail.objects.count() == 3
    assert CODE not in everything_kept()
    assert work() == {"ended": 0, "sent": 1, "given up": 1, "postponed": 1}
    assert CODE not in everything_kept()
    assert CODE not in caplog.text
    assert [CODE in str(message) for message in server.mails()] == [True]


def test_what_one_mail_is_given_opens_in_no_other(server: Smtp, alice: User) -> None:
    tell(alice)
    tell(alice)
    one, other = Mail.objects.all()
    one.data = other.data
    with pytest.raises(CannotUnseal):
        message_of(one)


def test_to_nobody_it_is_the_same_work_and_nothing_is_sent(server: Smtp, alice: User, code: str) -> None:
    """Statements, what they write, and how long it is."""
    statements, rows = [], []
    for user in (alice, None):
        Throttle.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            ask(user)
        begun = [query["sql"].split("(")[0] for query in captured.captured_queries]
        statements.append([each for each in begun if "SAVEPOINT" not in each])
        rows.append(Mail.objects.latest("created"))
    assert statements[0] == statements[1]
    assert len(statements[0]) == 4, "three counters and a row"
    known, nobody = rows
    assert len(known.data) == len(nobody.data)
    assert (nobody.recipient, nobody.due) == ("", None)
    assert work() == {"ended": 0, "sent": 1}
    assert [message["To"] for message in server.mails()] == [alice.email]
    pass_time(timedelta(minutes=20))
    delete_expired(10)
    assert not Mail.objects.exists()


def counted(asks: list[Any]) -> int:
    """How many of them are answered by a mail."""
    for arguments in asks:
        ask(*arguments)
    return Mail.objects.count()


@pytest.mark.parametrize("known", [True, False])
def test_one_address_gets_so_many_in_an_hour_wherever_they_are_asked_for(
    server: Smtp, alice: User, code: str, known: bool
) -> None:
    user = alice if known else None
    most = LIMITS["recipient"].failures
    spelled = [TYPED, TYPED.upper()]
    asks = [(user, spelled[number % 2], f"192.0.2.{number}") for number in range(most + 3)]
    assert counted(asks) == most


def test_one_account_gets_so_many_whatever_it_is_called(server: Smtp, alice: User, code: str) -> None:
    most = LIMITS["account"].failures
    assert counted([(alice, f"name-{number}", f"192.0.2.{number}") for number in range(most + 3)]) == most


def test_one_source_has_so_many_sent_to_whomever(server: Smtp, alice: User, code: str) -> None:
    most = LIMITS["source"].failures
    assert counted([(None, f"{number}@example.org") for number in range(most + 3)]) == most
    ask(alice, alice.email, "192.0.2.77")
    assert Mail.objects.count() == most + 1, "what was refused at the source counts nowhere else"


def test_without_a_server_nothing_is_offered_and_nothing_written(settings: Settings, alice: User, code: str) -> None:
    settings.MAIL = type(settings.MAIL)()
    assert not mail.offered()
    tell(alice)
    send_to(alice.email)
    assert not Mail.objects.exists()


@pytest.mark.parametrize(("address", "verified"), [("", True), ("alice@example.org", False)])
def test_nobody_is_told_at_an_address_that_is_not_known_to_be_theirs(
    server: Smtp, alice: User, address: str, verified: bool
) -> None:
    alice.email, alice.email_verified = address, verified
    tell(alice)
    assert not Mail.objects.exists()


def test_a_kind_without_a_code_sends_none(server: Smtp, db: None) -> None:
    with pytest.raises(ValueError, match="has no code"):
        send_to("alice@example.org", "password_changed")


def test_of_a_kind_that_only_a_later_version_knows_nothing_is_kept(server: Smtp, alice: User) -> None:
    """It may be a code."""
    tell(alice)
    Mail.objects.update(kind="of_tomorrow")
    assert work() == {"ended": 0}, "another node may know it"
    pass_time(mail.WORTH_SENDING)
    assert work() == {"ended": 1}
    assert not Mail.objects.exists()
