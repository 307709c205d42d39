"""Mail to people. Who causes one writes a row, in the same transaction; the scheduled task `send_mail` sends it.

    view, command ──▶ send, send_code ──▶ Mail (a row, sealed) ──▶ work.send_mail ──▶ message ──▶ a way out

A kind of mail is a line of `kinds.KINDS` and a folder of its name in `templates/mail/`.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import get_language

from accounts.conf import mail_conf
from accounts.ground import clock
from accounts.ground.sealing import seal
from accounts.mail.kinds import KINDS
from accounts.models import Mail, User

WORTH_SENDING = timedelta(days=1)
"""So long a mail without a code is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """Who gets a mail. `language`: what they chose, or the page that they see is in; empty: nobody knows."""

    address: str
    language: str = ""


NOBODY = To(address="")


def offered() -> bool:
    """Whether mail goes anywhere: else nothing that needs one is offered."""
    return mail_conf().offered


def reaches(user: User) -> bool:
    """Whether mail is offered, and the person's address verified."""
    return offered() and bool(user.email) and user.email_verified


def send(kind: str, user: User, **data: str) -> None:
    """Tells the person, in the caller's transaction, if mail is offered and their address is verified: else it may be
    somebody else's."""
    if reaches(user):
        # Who never said their language reads that of the page on which it happened.
        send_to(kind, To(address=user.email, language=user.locale or get_language() or ""), **data)


def send_to(kind: str, to: To, **data: str) -> None:
    """The same, to an address that was the person's until now, or that somebody else asked about."""
    if offered():
        _add(kind, to, clock.now() + WORTH_SENDING, data)


def send_code(kind: str, to: To, ends: datetime, **data: str) -> None:
    """Sends a code that is good until `ends`, in the caller's transaction. To NOBODY it is the same work, and the row
    is never sent. Who may ask for one is said by `limits.may_ask`, before."""
    if not KINDS[kind].has_code:
        raise ValueError(f"{kind} has no code")
    if offered():
        _add(kind, to, ends, data)


def _add(kind: str, to: To, ends: datetime, data: dict[str, str]) -> None:
    now = clock.now()
    row = Mail(kind=kind, recipient=to.address, language=to.language, created=now, expires=ends)
    row.due = now if to.address else None
    row.data = seal(json.dumps(data).encode(), context_of(row.pk), settings.SEALING_KEYS)
    row.save(force_insert=True)


def context_of(key: uuid.UUID) -> str:
    """What the data of one mail are sealed for: those of another do not open in its place."""
    return f"mail {key}"
