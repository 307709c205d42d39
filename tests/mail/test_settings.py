"""Where mail goes, as an operator says it: what cannot be meant is told in one line that repeats no password."""

import pytest

from accounts.conf import Mail
from accounts.ground.mail_server import MailServer
from idp.configuration import read_settings
from idp.env import BadSettings

FROM = "no-reply@idp.example"


def read(**environ: str) -> Mail:
    return read_settings(environ, secrets_missing=True).mail


@pytest.mark.parametrize(
    ("url", "server", "starttls"),
    [
        ("smtp://mail.example", MailServer(hostname="mail.example", port=587, tls=False), True),
        ("smtp://mail.example:25/", MailServer(hostname="mail.example", port=25, tls=False), True),
        ("smtps://[2001:DB8::1]", MailServer(hostname="2001:db8::1", port=465, tls=True), False),
        ("smtp://localhost", MailServer(hostname="localhost", port=587, tls=False), False),
        ("smtp://[::1]:1025", MailServer(hostname="::1", port=1025, tls=False), False),
        (
            "smtp://idp%40example:p%2Fw%3A@localhost?ssl_ca_certs=/etc/ca.pem",
            MailServer(
                hostname="localhost",
                port=587,
                tls=False,
                username="idp@example",
                password="p/w:",
                ssl_ca_certs="/etc/ca.pem",
            ),
            True,
        ),
    ],
)
def test_a_server_is_read(url: str, server: MailServer, starttls: bool) -> None:
    mail = read(IDP_MAIL_URL=url, IDP_MAIL_FROM=FROM)
    assert (mail.url, mail.offered, mail.sender) == (server, True, FROM)
    assert server.starttls is starttls
    assert "p/w" not in repr(mail)


@pytest.mark.parametrize(
    "url",
    [
        *("http://mail.example", "mail.example:25", "smtp://", "smtp://mail.example/box", "smtp://mail.example:0"),
        *("smtp://mail.example:99999", "smtp://s3cr3t/x:a@mail.example", "smtp://me:s3cr3t#@mail.example"),
        *("smtp://s3cr3t@mail.example", "smtp://mail.example?s3cr3t=1", "smtp://mail.example?s3cr3t", "s3cr3t"),
        *("smtp://me:s3cr3t%C3%BC@mail.example", "smtp://me:s3cr3t%0D%0A@mail.example"),
    ],
)
def test_what_is_no_server_is_refused_in_one_line_without_what_it_said(url: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read(IDP_MAIL_URL=url, IDP_MAIL_FROM=FROM)
    [fault] = refused.value.faults
    assert fault.startswith("IDP_MAIL_URL: ")
    assert "s3cr3t" not in fault


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"IDP_MAIL_URL": "smtp://a"}, "IDP_MAIL_FROM: IDP_MAIL_URL needs the address that mails are from"),
        (
            {"IDP_MAIL_FROM": "Support <a@b>"},
            "IDP_MAIL_FROM: 'Support <a@b>' is not an address such as no-reply@idp.example",
        ),
        (
            {"IDP_MAIL_URL": "smtp://a", "IDP_MAIL_FROM": FROM, "IDP_MAIL_FOLDER": "mails"},
            "IDP_MAIL_FOLDER: mail goes to IDP_MAIL_URL or into a folder, not both",
        ),
    ],
)
def test_what_cannot_be_meant_together_is_refused(environ: dict[str, str], fault: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read(**environ)
    assert refused.value.faults == [fault]


def test_without_a_word_no_mail_is_offered() -> None:
    assert not read().offered
    assert read(IDP_MAIL_FOLDER="mails").offered
