"""What makes a long password easy to guess all the same."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.conf import conf

SEARCHED = 256
"""Characters. The search takes long, and a longer repetition of something short is not worth it."""
_REPEATED = re.compile(r"(.+?)\1+", re.DOTALL)


class RepetitionValidator:
    """Refuses a short password that was only typed again and again (NIST SP 800-63B-4 §3.1.1.2: repetitive values)."""

    def validate(self, password: str, user: object = None) -> None:
        repetition = _REPEATED.fullmatch(password) if len(password) <= SEARCHED else None
        if repetition and len(repetition[1]) < conf().password_min_length:
            raise ValidationError(_("This password repeats something short."), code="password_repeats")

    def get_help_text(self) -> str:
        return str(_("Your password can’t be something short, repeated."))  # noqa: RUF001 - Django's own apostrophe
