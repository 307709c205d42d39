"""A mail as it goes out: its headers, its two texts, its language."""

import uuid
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from django.conf import settings as configured
from pytest_django.fixtures import Settings

from accounts.mail.kinds import KINDS
from accounts.mail.message import compose, language_of
from accounts.models import Mail, User
from tests.mail.ways import mail_by, tell, work
from tests.servers.smtp import Smtp

KEY, CREATED = uuid.uuid4(), datetime(2026, 11, 28, 1, 40, tzinfo=UTC)
FOLDERS = Path(configured.MAIL_TEMPLATES[-1])


@pytest.fixture(autouse=True)
def _somewhere(settings: Settings) -> None:
    settings.MAIL = mail_by("smtp://mail.example")


def read(kind: str = "password_changed", language: str = "en", **data: str) -> EmailMessage:
    """What a program for mail reads of it."""
    said = {"username": "alice", "by": "self", **data}
    sent = compose(kind, "alice@example.org", language, said, key=KEY, created=CREATED).as_bytes()
    assert all(byte < 128 for byte in sent), "no server needs to know more than ASCII"
    assert max(map(len, sent.splitlines())) < 999  # RFC 5322 §2.1.1
    return BytesParser(policy=policy.default).parsebytes(sent)


def text(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    content: str = part.get_content()
    return content


def test_its_headers_say_who_when_and_that_no_person_wrote_it() -> None:
    message = read()
    assert dict(message.items()) | {"Content-Type": "", "MIME-Version": ""} == {
        "From": "Avouch <no-reply@idp.example>",
        "To": "alice@example.org",
        "Date": "Sat, 28 Nov 2026 01:40:00 +0000",
        "Message-ID": f"<{KEY}@idp.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "Subject": "Your password at Avouch was changed",
        "Content-Type": "",
        "MIME-Version": "",
    }


@pytest.mark.parametrize("kind", [*KINDS])
def test_every_kind_says_the_same_as_text_and_as_html(kind: str) -> None:
    message = read(kind)
    assert message.get_content_type() == "multipart/alternative"
    html, plain = text(message, "html"), text(message, "plain")
    assert ('<html lang="en" dir="ltr">' in html, "<" in plain) == (True, False)
    for said in ("Avouch", configured.ISSUER):
        assert said in html
        assert said in plain


@pytest.mark.parametrize(
    ("factor", "subject"),
    [
        ("authenticator_app", "An authenticator app was added to your account at Avouch"),
        ("recovery_codes", "New recovery codes for your account at Avouch"),
        ("passkey", "A passkey was added to your account at Avouch"),
    ],
)
def test_the_subject_says_what_signs_in_from_now_on(factor: str, subject: str) -> None:
    assert read("factor_added", factor=factor, name="Phone")["Subject"] == subject


def test_each_folder_of_texts_is_a_kind() -> None:
    assert {path.name for path in FOLDERS.iterdir() if path.is_dir()} == {*KINDS}


def test_a_name_is_a_name_in_both_texts_and_adds_no_header(settings: Settings) -> None:
    settings.BRAND = "R & D"
    message = read(username="<b>&\r\nBcc: mallory@example.org")
    assert message["Bcc"] is None
    assert message["Subject"] == "Your password at R & D was changed"
    assert "<b>&" in text(message, "plain")
    assert "&lt;b&gt;&amp;" in text(message, "html")


@pytest.mark.parametrize(
    ("by", "words"), [("self", "who was signed in"), ("link", "by a link"), ("staff", "by the people")]
)
def test_it_says_how_the_password_was_changed(by: str, words: str) -> None:
    message = read(by=by)
    assert words in text(message, "plain")
    assert words in text(message, "html")


def test_it_says_whom_to_ask(settings: Settings) -> None:
    assert "help@idp.example" in text(read(), "plain")
    settings.MAIL = type(settings.MAIL)()
    assert "ask the people who run this server" in text(read(), "plain")


def test_it_is_in_the_persons_language_where_that_is_one_of_ours(settings: Settings, tmp_path: Path) -> None:
    assert [language_of(said) for said in ("de", "de-AT", "ar", "fr", "", "x" * 35)] == [
        "de",
        "de",
        "ar",
        "en",
        "en",
        "en",
    ]
    assert '<html lang="ar" dir="rtl">' in text(read(language="ar"), "html")
    assert "28. November 2026 01:40" in text(read(language="de"), "plain")


def test_the_language_is_the_recipients_and_not_that_of_who_caused_it(
    server: Smtp, alice: User, settings: Settings
) -> None:
    alice.locale = "de-AT"
    tell(alice)
    assert work() == {"ended": 0, "sent": 1}
    assert [message["Content-Language"] for message in server.mails()] == ["de"]


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("alice@bücher.example", "alice@xn--bcher-kva.example"),
        ("Alice@BÜCHER.Example", "Alice@xn--bcher-kva.example"),
        ("Alice@Example.org", "Alice@example.org"),
    ],
)
def test_a_domain_is_written_in_ascii(server: Smtp, alice: User, address: str, written: str) -> None:
    alice.email = address
    tell(alice)
    assert work() == {"ended": 0, "sent": 1}
    assert [message["To"] for message in server.mails()] == [written]


@pytest.mark.parametrize(
    "address",
    [
        *("älice@example.org", "alice@example.org\r\nBcc: b@c.example", "alice@a..b", "alice"),
        # Domains that IDNA of 2003 takes for others: strasse.example is somebody else's.
        *("alice@straße.example", "alice@\uff45xample.example", "alice@a\uff0eexample"),
    ],
)
def test_an_address_that_not_every_server_takes_is_given_up(server: Smtp, alice: User, address: str) -> None:
    alice.email = address
    tell(alice)
    assert work() == {"ended": 0, "given up": 1}
    assert Mail.objects.get().fault == "the address has letters that not every server takes"
    assert server.mails() == []
