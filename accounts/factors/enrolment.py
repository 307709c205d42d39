"""The secret of an app that is being added: it travels in the form, sealed, and is nobody's until a code of it came."""

from datetime import UTC, datetime, timedelta

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from accounts.factors import totp
from accounts.ground.sealing import CannotUnseal, seal, unseal
from accounts.models import User

GOOD_FOR = timedelta(minutes=15)
GROUP = 4
"""Letters of a secret that stand together where people read it."""


def sealed(secret: str, user: User, sid: str, now: datetime) -> str:
    """For this person, in this session."""
    return seal(f"{int(now.timestamp())} {secret}".encode(), _context(user, sid), settings.SEALING_KEYS)


def secret_of(text: str, user: User, sid: str, now: datetime) -> str:
    """The secret; empty where it is not this person's, of this session, or too old."""
    try:
        plain = unseal(text, _context(user, sid), settings.SEALING_KEYS).decode()
    except CannotUnseal:
        return ""
    stamp, _, secret = plain.partition(" ")
    return secret if now - datetime.fromtimestamp(int(stamp), UTC) <= GOOD_FOR else ""


def picture(secret: str, user: User) -> SafeString:
    """A QR code of it as SVG that stands in the page: dark on light in every look, as cameras want it. Empty where the
    names are longer than one can hold."""
    try:
        code = segno.make_qr(totp.uri(secret, user), error="l")
    except segno.DataOverflowError:
        return SafeString()
    drawn: str = code.svg_inline(dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(drawn)  # noqa: S308 - segno's own, of letters that an address may have


def in_groups(secret: str) -> str:
    return " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))


def _context(user: User, sid: str) -> str:
    return f"enrol an authenticator app {user.pk} {sid}"
