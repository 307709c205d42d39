"""What people are mailed while `up` runs without a server for mail: shown at the terminal, and kept in a folder."""

import os
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from accounts.ground.verbs import printable
from idp.conf import Deployment

SETTINGS = ("IDP_MAIL_URL", "IDP_MAIL_FOLDER")
SUFFIX = ".eml"


def to_environment(deployment: Deployment) -> None:
    """Mail goes into the data folder, unless somebody said where it goes. Not from a server that others reach: they
    would be told to look for mail that never comes."""
    if deployment.loopback and not is_named():
        os.environ["IDP_MAIL_FOLDER"] = str(deployment.data / "mail")


def is_named() -> bool:
    """Whether somebody said where mail goes."""
    return any(f"{name}{end}" in os.environ for name in SETTINGS for end in ("", "_FILE"))


class Mails:
    """Those of the folder that the settings name, if any."""

    def __init__(self) -> None:
        said = os.environ.get("IDP_MAIL_FOLDER")
        self._folder = Path(said) if said else None
        self._shown = set(self._files())

    def show(self) -> None:
        """Shows each that was not there before, in one block."""
        for path in sorted({*self._files()} - self._shown, key=lambda path: path.stat().st_mtime_ns):
            self._shown.add(path)
            print("\n".join(block(BytesParser(policy=policy.default).parsebytes(path.read_bytes()), path)), flush=True)

    def _files(self) -> Iterator[Path]:
        return self._folder.glob(f"[!.]*{SUFFIX}") if self._folder is not None else iter(())


def block(message: EmailMessage, path: Path) -> list[str]:
    """Its lines: to whom, about what, the text, and where it is."""
    part = message.get_body(("plain",))
    text = part.get_content() if part is not None else ""
    body = [f"  | {printable(line)}".rstrip() for line in text.strip().splitlines()]
    return ["", printable(f"mail to {message['To']}: {message['Subject']}"), *body, f"  {path}", ""]
