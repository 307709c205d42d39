"""`doctor` tries the server for mail, and sends a mail where it is told to."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from accounts.models import User
from idp.local.processes import free_port
from idp.management.commands.doctor import Command
from idp.node.finding import Finding, Size
from idp.node.mail import REMEDY, mail, queue, trial
from tests.mail.ways import mail_by, pass_time, tell, work
from tests.servers.smtp import PASSWORD, USER, Smtp, smtp

SIZE = Size(nodes=1, workers=1)
pytestmark = pytest.mark.django_db


def found() -> Finding:
    [finding] = mail(SIZE)
    return finding


def test_without_a_server_none_is_sent(settings: Settings) -> None:
    settings.MAIL = type(settings.MAIL)()
    assert found() == Finding("ok", "none is sent: neither IDP_MAIL_URL nor IDP_MAIL_FOLDER is set")
    assert trial("alice@example.org") == Finding("error", "none can be sent", "set IDP_MAIL_URL")


def test_a_server_is_tried_without_a_mail(settings: Settings) -> None:
    with smtp(guarded=True) as server:
        settings.MAIL = mail_by(server.url)
        assert found() == Finding("ok", f"localhost:{server.port} would take it")
        for wrong, fault in (
            (server.url.replace(USER, "who", 1), "no sign-in with user and password (SMTPAuthenticationError 535)"),
            (server.url.replace("localhost", "127.0.0.1"), "no STARTTLS (SSLCertVerificationError)"),
            (server.url.replace("smtp:", "smtps:"), "no connection (SSLError)"),
        ):
            settings.MAIL = mail_by(wrong)
            finding = found()
            assert (finding.level, finding.remedy) == ("error", REMEDY)
            assert finding.text.endswith(fault)
            assert not any(secret in finding.text for secret in (PASSWORD, USER))
        assert server.mails() == []


def test_a_server_that_is_away_is_an_error(settings: Settings) -> None:
    port = free_port()
    settings.MAIL = mail_by(f"smtp://127.0.0.1:{port}")
    assert found() == Finding("error", f"127.0.0.1:{port}: no connection (ConnectionRefusedError)", REMEDY)


def test_a_mail_is_sent_where_it_is_told(server: Smtp) -> None:
    assert trial("alice@example.org").level == "ok"
    [message] = server.mails()
    assert (message["To"], message["Subject"]) == ("alice@example.org", "A mail from Avouch, to try the way")
    assert trial("550-rcpt@example.org").text == "to 550-rcpt@example.org: the recipient is refused (550)"


def test_a_folder_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.MAIL = type(settings.MAIL)(folder=tmp_path / "mails")
    assert found().text == f"it goes into {tmp_path}/mails"
    assert trial("alice@example.org").level == "ok"
    assert len([*(tmp_path / "mails").iterdir()]) == 1


def test_it_tells_of_mail_that_waits_and_of_what_was_given_up(server: Smtp) -> None:
    assert [*queue(SIZE)] == []
    for address in ("550-rcpt@example.org", "451-rcpt@example.org"):
        tell(User(username="alice", email=address, email_verified=True))
    work()
    given_up = Finding(
        "warning", "1 were given up lately, the last because the recipient is refused (550)", "the log has their ids"
    )
    assert [*queue(SIZE)] == [given_up]
    pass_time(timedelta(minutes=10))
    late = Finding("error", "one has waited for 10 minutes", f"{REMEDY}, and whether a worker runs")
    assert [*queue(SIZE)] == [late, given_up]


def test_what_is_no_address_is_refused_before_anything_is_looked_at() -> None:
    with pytest.raises(CommandError, match="is not an address such as"):
        call_command(Command(), "--mail-to", "nobody")
