"""Mail comes to a real server, once, whatever the server does."""

import smtplib
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from accounts.mail import ways
from accounts.models import Mail, User
from accounts.sessions import delete_expired
from accounts.work.send_mail import LONGEST, deliver, pause
from idp.local.processes import free_port
from tests.mail.ways import CODE, mail_by, pass_time, send_to, tell, work
from tests.servers.smtp import PASSWORD, USER, Smtp, smtp

DAY = timedelta(days=1)


def test_a_mail_is_sent_once_and_nothing_is_kept_of_it(server: Smtp, alice: User) -> None:
    tell(alice)
    assert work() == {"ended": 0, "sent": 1}
    assert work() == {"ended": 0}
    [message] = server.mails()
    assert (message["To"], message["Subject"]) == ("alice@example.org", "Your password at Avouch was changed")
    assert not Mail.objects.exists()


def test_a_mail_is_part_of_the_transaction_that_causes_it(server: Smtp, alice: User) -> None:
    with transaction.atomic():
        tell(alice)
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


def test_one_connection_is_for_all_that_is_due(server: Smtp, alice: User) -> None:
    for _ in range(5):
        tell(alice)
    assert work()["sent"] == 5
    assert (len(server.mails()), server.connections()) == (5, 1)


@pytest.mark.parametrize("order", ["550-rcpt", "554-data"])
def test_what_is_refused_for_good_is_given_up_and_shown_for_a_week(
    server: Smtp, alice: User, order: str, caplog: pytest.LogCaptureFixture
) -> None:
    alice.email = f"{order}@example.org"
    tell(alice)
    assert work() == {"ended": 0, "given up": 1}
    [row] = Mail.objects.all()
    assert (row.due, row.data, order[:3] in row.fault) == (None, "", True)
    assert "by order" not in row.fault + caplog.text, "no word of the server's"
    assert "example.org" not in caplog.text
    pass_time(timedelta(days=6))
    delete_expired(10)
    assert Mail.objects.exists()
    pass_time(timedelta(days=2))
    delete_expired(10)
    assert not Mail.objects.exists()


@pytest.mark.parametrize("order", ["550-rcpt", "554-data"])
def test_of_a_code_that_is_refused_for_good_nothing_is_kept(server: Smtp, db: None, code: str, order: str) -> None:
    send_to(f"{order}@example.org")
    assert work() == {"ended": 0, "given up": 1}
    assert not Mail.objects.exists()


@pytest.mark.parametrize("order", ["451-rcpt", "452-data", "554-5.7.1-rcpt", "530-rcpt", "550-5.7.26-data"])
def test_what_is_refused_for_now_is_tried_again_and_holds_up_nobody(server: Smtp, alice: User, order: str) -> None:
    other = User(username="bob", email=f"{order}@example.org", email_verified=True)
    tell(other)
    tell(alice)
    assert work() == {"ended": 0, "postponed": 1, "sent": 1}
    assert work() == {"ended": 0}, "not before its pause is over"
    pass_time(pause(1))
    assert work() == {"ended": 0, "postponed": 1}
    row = Mail.objects.get()
    assert (row.attempts, order[:3] in row.fault) == (2, True)


@pytest.mark.parametrize("order", ["closes", "421-data", "421-rcpt"])
def test_a_server_that_goes_away_in_the_middle_is_asked_for_no_more(server: Smtp, alice: User, order: str) -> None:
    other = User(username="bob", email=f"{order}@example.org", email_verified=True)
    tell(other)
    tell(alice)
    assert work() == {"ended": 0, "postponed": 1}
    assert server.mails() == []
    assert work() == {"ended": 0, "sent": 1}
    assert Mail.objects.get().recipient == other.email


def test_where_no_server_is_the_mail_waits_until_there_is_one(settings: Settings, alice: User) -> None:
    port = free_port()
    settings.MAIL = mail_by(f"smtp://127.0.0.1:{port}")
    tell(alice)
    assert work() == {"ended": 0, "postponed": 1}
    assert Mail.objects.get().fault == "no connection (ConnectionRefusedError)"
    with smtp(port=port) as server:
        pass_time(pause(1))
        assert work() == {"ended": 0, "sent": 1}
        assert len(server.mails()) == 1


def test_pauses_grow_from_ten_seconds_to_an_hour() -> None:
    assert [pause(attempts).total_seconds() for attempts in (1, 2, 3, 4)] == [10, 20, 40, 80]
    assert pause(10) == pause(1000) == LONGEST


def test_after_a_day_it_is_given_up(settings: Settings, alice: User) -> None:
    settings.MAIL = mail_by(f"smtp://127.0.0.1:{free_port()}")
    tell(alice)
    work()
    pass_time(DAY)
    assert work() == {"ended": 1}
    row = Mail.objects.get()
    assert (row.due, row.data) == (None, "")
    assert row.fault


def test_a_code_is_dropped_at_its_end_also_where_mail_is_switched_off(
    server: Smtp, db: None, code: str, settings: Settings
) -> None:
    send_to("alice@example.org")
    send_to("bob@example.org")
    pass_time(timedelta(minutes=10))
    settings.MAIL = type(settings.MAIL)()
    assert work() == {"ended": 2}
    assert not Mail.objects.exists()
    assert server.mails() == []


def test_nothing_is_told_before_starttls_and_the_user_is_asked_for(alice: User, settings: Settings) -> None:
    with smtp(guarded=True) as server:
        settings.MAIL = mail_by(server.url)
        tell(alice)
        assert work() == {"ended": 0, "sent": 1}
        stranger, unnamed = server.url.replace(USER, "who", 1), f"smtp://localhost:{server.port}"
        for wrong in (stranger, server.url.partition("?")[0], unnamed):
            tell(alice)
            settings.MAIL = mail_by(wrong)
            assert work() == {"ended": 0, "postponed": 1}
            fault = Mail.objects.get().fault
            assert not any(word in fault for word in (PASSWORD, USER, "who"))
            Mail.objects.all().delete()
        assert len(server.mails()) == 1


def test_a_server_that_speaks_no_starttls_gets_nothing(
    server: Smtp, alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL = mail_by(server.url)
    monkeypatch.setattr("accounts.ground.hosts.LOOPBACK", ())
    tell(alice)
    assert work() == {"ended": 0, "postponed": 1}
    assert Mail.objects.get().fault == "no STARTTLS (SMTPNotSupportedError)"
    assert server.mails() == []


def test_a_worker_that_stops_leaves_the_rest_as_it_was(server: Smtp, alice: User) -> None:
    tell(alice)
    tell(alice)
    answers = iter([True, False])
    assert deliver(lambda: next(answers)) == {"ended": 0, "sent": 1}
    assert [row.attempts for row in Mail.objects.all()] == [0]


def test_a_mail_of_another_version_is_left_to_it(server: Smtp, alice: User) -> None:
    tell(alice)
    Mail.objects.update(kind="of_tomorrow")
    assert work() == {"ended": 0}
    assert Mail.objects.get().attempts == 0


def test_a_mail_that_this_node_cannot_open_waits_for_one_that_can(
    server: Smtp, alice: User, settings: Settings
) -> None:
    tell(alice)
    keys = settings.SEALING_KEYS
    settings.SEALING_KEYS = {"other": b"x" * 32}
    assert work() == {"ended": 0, "postponed": 1}
    settings.SEALING_KEYS = keys
    pass_time(pause(1))
    assert work() == {"ended": 0, "sent": 1}


def test_in_a_folder_each_mail_is_a_file(settings: Settings, db: None, code: str) -> None:
    folder = Path(settings.MAIL_TEMPLATES[0]) / "mails"
    settings.MAIL = type(settings.MAIL)(folder=folder)
    send_to("alice@example.org")
    assert work() == {"ended": 0, "sent": 1}
    [file] = folder.iterdir()
    assert file.suffix == ways.SUFFIX
    assert CODE in file.read_text()
    assert folder.stat().st_mode & 0o077 == file.stat().st_mode & 0o077 == 0


def test_the_server_of_the_tests_takes_mail_from_any_program(server: Smtp) -> None:
    with smtplib.SMTP("127.0.0.1", server.port) as other:
        other.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\ny\r\n")
    assert [message["Subject"] for message in server.mails()] == ["x"]
