"""A server that takes mail, for the tests: aiosmtpd, in an environment of its own. What it does with a mail is said by
the mail's address (`smtp_program.Handler`)."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import quote

from idp.local import bootstrap
from idp.local.processes import LOOPBACK, ends_with_us, free_port, running, start, wait_until
from tests.support.certificate import self_signed

REQUIREMENTS = bootstrap.REQUIREMENTS / "aiosmtpd.txt"
PROGRAM = Path(__file__).with_name("smtp_program.py")
USER, PASSWORD = "idp", "p/w:@"
"""As `smtp_program` has them."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """A running server. `url`: as IDP_MAIL_URL has it, with user and password where it asks for them."""

    url: str
    port: int
    folder: Path

    def mails(self) -> list[EmailMessage]:
        """What was taken, in order."""
        parser = BytesParser(policy=policy.default)
        return [parser.parsebytes(path.read_bytes()) for path in self._taken()]

    def connections(self) -> int:
        """How many connections they came by."""
        return len({path.stem.partition("-")[2] for path in self._taken()})

    def go_on(self) -> None:
        """Who waits for an answer gets it."""
        (self.folder / "go").touch()

    def empty(self) -> None:
        """Forgets what was taken."""
        for path in (*self._taken(), self.folder / "go"):
            path.unlink(missing_ok=True)

    def _taken(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.eml"))


@contextlib.contextmanager
def smtp(*, guarded: bool = False, port: int | None = None) -> Iterator[Smtp]:
    """A fresh server, gone when the block ends. `guarded`: nothing is taken before STARTTLS and AUTH."""
    python, port = bootstrap.apart("aiosmtpd", REQUIREMENTS), port or free_port()
    with tempfile.TemporaryDirectory(prefix="idp-smtp-") as name:
        folder = Path(name)
        certificate: tuple[Path, ...] = self_signed(folder) if guarded else ()
        command: list[str | Path] = [*ends_with_us(), python, "-I", PROGRAM, folder, str(port), *certificate]
        server = start(command, environ={}, log=folder / "log")
        with running(server):
            wait_until((folder / "ready").exists, server, "aiosmtpd")
            who = f"{USER}:{quote(PASSWORD, safe='')}@" if guarded else ""
            asked = f"?ssl_ca_certs={certificate[0]}" if guarded else ""
            yield Smtp(f"smtp://{who}{'localhost' if guarded else LOOPBACK}:{port}{asked}", port, folder)
