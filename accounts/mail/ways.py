"""The ways that mail goes: to a server by SMTP, or into a folder."""

import contextlib
import os
import smtplib
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

from accounts.conf import mail_conf
from accounts.ground.mail_server import MailServer

Send = Callable[[EmailMessage], None]
"""Raises Refused, Later and Away."""
SECONDS = 20.0
"""So long the server may be silent."""
FINAL = range(500, 600)
"""Replies after which the same mail is refused again (RFC 5321 §4.2.1)."""
OPERATORS = (530, 534, 535, 538)
"""Of these the ones by which a server says that it does not know us as it should (RFC 4954 §6)."""
POLICY = b"5.7."
"""So begins the text of a reply by which it says that we may not, such as have a mail relayed (RFC 3463 §3.8)."""
CLOSING = 421
"""The reply of a server that takes nothing at all now (RFC 5321 §3.8)."""
SUFFIX = ".eml"


class Refused(Exception):
    """The server will never take this mail. No text of the server's is in it, nor in the others."""


class Later(Exception):
    """The server does not take this mail now."""


class Away(Exception):
    """The server takes no mail at all now, or none of ours."""


def way() -> AbstractContextManager[Send]:
    """The one that the settings name, open as long as the block."""
    conf = mail_conf()
    if conf.url is not None:
        return to_server(conf.url)
    if conf.folder is not None:
        return into_folder(conf.folder)
    raise ValueError("no mail is offered")


@contextlib.contextmanager
def to_server(server: MailServer) -> Iterator[Send]:
    """One connection for all that is sent in the block, made for the first."""
    made: list[smtplib.SMTP] = []

    def send(message: EmailMessage) -> None:
        if not made:
            made.append(connected(server))
        _hand_over(made[0], message)

    try:
        yield send
    finally:
        for connection in made:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()


def connected(server: MailServer) -> smtplib.SMTP:
    """A connection on which we may send. Raises Away."""
    with _told("no connection"):
        tls = ssl.create_default_context(cafile=server.ssl_ca_certs or None)
        connection = _dialled(server, tls)
    try:
        if server.starttls:
            with _told("no STARTTLS"):
                connection.starttls(context=tls)
        with _told("no EHLO"):
            connection.ehlo_or_helo_if_needed()
        if server.username:
            with _told("no sign-in with user and password"):
                connection.login(server.username, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _dialled(server: MailServer, tls: ssl.SSLContext) -> smtplib.SMTP:
    # Named as the issuer is: else this machine's name is looked up, which may take long, and is told.
    us = settings.ALLOWED_HOSTS[0]
    if server.tls:
        return smtplib.SMTP_SSL(server.hostname, server.port, us, timeout=SECONDS, context=tls)
    return smtplib.SMTP(server.hostname, server.port, us, timeout=SECONDS)


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Raises Away."""
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        raise Away(f"{what} ({_named(error)})") from None


@contextlib.contextmanager
def into_folder(folder: Path) -> Iterator[Send]:
    """A file a mail, named by its Message-ID."""
    yield lambda message: _put_down(folder, message)


def _hand_over(connection: smtplib.SMTP, message: EmailMessage) -> None:
    recipient = message["To"].addresses[0].addr_spec
    try:
        connection.send_message(message, message["From"].addresses[0].addr_spec, [recipient])
    except smtplib.SMTPRecipientsRefused as error:
        raise _judged(*error.recipients[recipient], "the recipient") from None
    except smtplib.SMTPSenderRefused as error:
        # Of the sender no recipient can be to blame.
        raise Away(f"the sender is refused ({error.smtp_code})") from None
    except smtplib.SMTPDataError as error:
        raise _judged(error.smtp_code, error.smtp_error, "the message") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Away(f"the connection broke ({_named(error)})") from None


def _judged(reply: int, text: bytes | str, what: str) -> Refused | Later | Away:
    """What an operator can mend is tried again as long as the mail is worth it."""
    if reply == CLOSING:
        return Away(f"the server is closing ({reply})")
    said = text if isinstance(text, bytes) else text.encode(errors="replace")
    may_not = reply in OPERATORS or (reply in FINAL and said.startswith(POLICY))
    if may_not:
        return Later(f"{what} is refused, as we may not send it ({reply})")
    return (Refused if reply in FINAL else Later)(f"{what} is refused ({reply})")


def _put_down(folder: Path, message: EmailMessage) -> None:
    """Whole or not at all. Again, it is the same file."""
    name = message["Message-ID"].strip("<>").partition("@")[0]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file, draft = tempfile.mkstemp(dir=folder, prefix=".")
        with os.fdopen(file, "wb") as written:
            written.write(message.as_bytes())
        Path(draft).rename(folder / f"{name}{SUFFIX}")
    except OSError as error:
        raise Away(f"IDP_MAIL_FOLDER cannot be written ({error.strerror})") from None


def _named(error: OSError | smtplib.SMTPException) -> str:
    """The kind of an error, and its reply: its text may say anything."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
