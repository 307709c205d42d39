"""One-time passwords that an app shows (TOTP, RFC 6238): six digits, another every thirty seconds.

The one of now is taken, the one before and the one after: clocks of phones go wrong, and people type slowly. Each is
spent where it is taken (§5.2).
"""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
from django.conf import settings
from django.db import Error, transaction
from pyotp.utils import strings_equal

from accounts.ground.sealing import CannotUnseal, seal, unseal
from accounts.models import AuthenticatorApp, User
from accounts.stores import store

SECONDS = 30
STEPS = (0, -1, 1)
"""Which are taken, from the one of now."""
MARK_EVERY = timedelta(minutes=5)
"""`last_used` is written at most this often."""

logger = logging.getLogger(__name__)


def new_secret() -> str:
    """160 bits in base32 (RFC 4226 §4, R6)."""
    return pyotp.random_base32()


def uri(secret: str, user: User) -> str:
    """What apps read, from a picture or a link (`otpauth:`)."""
    named: str = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=settings.BRAND)
    return named


def spend(user: User, text: str, now: datetime, by: str = "") -> bool:
    """Whether it is what the person's app shows, and nobody used it before, but for the same sign-in (`Once.spend`)."""
    app = AuthenticatorApp.objects.filter(user=user).first()
    secret = _secret_of(app) if app is not None else None
    if app is None or secret is None or not spend_step(secret, text, now, by):
        return False
    _mark(app, now)
    return True


def is_of(user: User, secret: str) -> bool:
    """Whether it is the secret of the person's app."""
    app = AuthenticatorApp.objects.filter(user=user).first()
    held = _secret_of(app) if app is not None else None
    return held is not None and strings_equal(held, secret)


def _secret_of(app: AuthenticatorApp) -> str | None:
    try:
        return unseal(app.secret, context_of(app.user_id), settings.SEALING_KEYS).decode()
    except CannotUnseal as error:
        logger.error("an authenticator app cannot be judged: %s", error)
        return None


def spend_step(secret: str, text: str, now: datetime, by: str = "") -> bool:
    """The same, of a secret that need not be anybody's yet."""
    step = step_of(secret, text, now)
    if step is None:
        return False
    name = f"totp {hashlib.sha256(secret.encode()).hexdigest()} {step}"
    return store().once.spend(name, _end(step), by)


def step_of(secret: str, text: str, now: datetime) -> int | None:
    """Which of the steps that are taken now shows it."""
    typed = "".join(text.split())
    current = int(now.timestamp()) // SECONDS
    app = pyotp.TOTP(secret, interval=SECONDS)
    shown = {step: app.at(step * SECONDS) for step in (current + each for each in STEPS)}
    return next((step for step, code in shown.items() if strings_equal(typed, code)), None)


def add(user: User, secret: str, now: datetime) -> bool:
    """In the caller's transaction, which holds the person's row; False where they have one."""
    if AuthenticatorApp.objects.filter(user=user).exists():
        return False
    sealed = seal(secret.encode(), context_of(user.pk), settings.SEALING_KEYS)
    AuthenticatorApp(user=user, secret=sealed, last_used=now).save(force_insert=True)
    return True


def context_of(person: UUID) -> str:
    """What the secret is sealed for: that of one person does not open as another's."""
    return f"authenticator app {person}"


def _end(step: int) -> datetime:
    """From when on it is not taken any more."""
    return datetime.fromtimestamp((step + 1 - min(STEPS)) * SECONDS, UTC)


def _mark(app: AuthenticatorApp, now: datetime) -> None:
    if app.last_used is not None and now - app.last_used < MARK_EVERY:
        return
    try:
        with transaction.atomic():
            AuthenticatorApp.objects.filter(user=app.user_id).update(last_used=now)
    except Error as error:
        logger.warning("the last use of an authenticator app is not noted (%s)", type(error).__name__)
