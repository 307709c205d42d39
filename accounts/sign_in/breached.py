"""Passwords that were stolen elsewhere: a service is asked for them by the first five characters of the SHA-1, so that
it learns neither the password nor whether it knows it (k-anonymity).

Off unless IDP_ACCOUNTS_BREACHED_PASSWORDS_URL is set. Where no answer is to be had the password is taken: a service
that is away keeps nobody out.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.conf import conf
from accounts.ground.fetching import FetchFailed, fetch_bytes

SECONDS = 2.0
"""For all of it: people wait."""
MOST = 256 * 1024
"""Bytes of an answer. A line has some 40, and a digest begins like a thousand others and more: as many as there are
known passwords, by a million. Where that grows beyond the bound, every password is taken unasked."""
CLIENT = "breached passwords"
"""Whose the calls are, among all that the process makes."""
SHOWN = 5
"""Characters of the SHA-1, in hex, that the service is told."""
KEPT = 60
"""Seconds for which an answer is good, or that there is none: a form and then the account ask for one and the same."""

REST = 30
"""Seconds for which a service that hung is asked nothing: who asks holds a place that other passwords wait for."""


@dataclass(slots=True)
class _Rested:
    """`at`: from when on it may be asked, by the monotonic clock."""

    at: float = 0.0


_rested = _Rested()

logger = logging.getLogger(__name__)


class BreachedValidator:
    """Refuses what the service knows (NIST SP 800-63B-4 §3.1.1.2: passwords of earlier breaches)."""

    def validate(self, password: str, user: object = None) -> None:
        url = conf().breached_passwords_url
        if url is None or len(password) < conf().least_password:
            return  # what is too short is refused anyway
        begin, end = _digest(password)
        if end in _known(url, begin, int(time.monotonic() // KEPT)):
            text = _("This password is among those that were stolen elsewhere. Choose another one.")
            raise ValidationError(text, code="password_breached")

    def get_help_text(self) -> str:
        return str(_("Your password can’t be among those that were stolen elsewhere."))  # noqa: RUF001 - Django's own apostrophe


def is_known(url: str, password: str) -> bool:
    """Whether the service has it. Raises FetchFailed."""
    begin, end = _digest(password)
    return end in set(_ends(_answer(url, begin)))


def _digest(password: str) -> tuple[str, str]:
    """What the service is told, and what it is not."""
    text = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    return text[:SHOWN], text[SHOWN:]


@lru_cache(maxsize=4)
def _known(url: str, begin: str, _time: int) -> frozenset[str]:
    """How the digests of known passwords go on that begin so; none where the service does not say."""
    began = time.monotonic()
    if began < _rested.at:
        return frozenset()
    try:
        return frozenset(_ends(_answer(url, begin)))
    except FetchFailed as failure:
        if time.monotonic() - began >= SECONDS:
            _rested.at = time.monotonic() + REST
        logger.warning("IDP_ACCOUNTS_BREACHED_PASSWORDS_URL: a password is taken as it is: %s", failure)
        return frozenset()


def _answer(url: str, begin: str) -> str:
    """What the service says of the digests that begin so. Padding hides by its length which they are."""
    headers = {"Add-Padding": "true"}
    address = f"{url.rstrip('/')}/range/{begin}"
    found = fetch_bytes()(address, accept="text/plain", most=MOST, client=CLIENT, seconds=SECONDS, more=headers)
    return found.decode("ascii", "replace")


def _ends(answer: str) -> Iterator[str]:
    """A line is `END:COUNT`; that of padding has a count of 0."""
    for end, _colon, count in (line.strip().partition(":") for line in answer.splitlines()):
        if count.isdecimal() and int(count) > 0:
            yield end.upper()
