"""The judge of every password that is set: what is common or known, or only looks long, is easy to guess all the same.

`settings.AUTH_PASSWORD_VALIDATORS` lists its parts, and `django.contrib.auth.password_validation.validate_password`
asks them: each form does, each command, and `UserManager`, so that no way of making an account goes around it.
"""

import re
from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.conf import conf, issuer_host
from accounts.sign_in.guessable import SEARCHED, Kind, worth

MAX_LENGTH = 1024
"""Characters. Far beyond any passphrase, far below what would keep the hasher busy."""
NEEDED, NEEDED_BESIDE = 8, 6
"""So many unknown characters a password is worth at the least, alone, and beside a second factor: of eight random ones
many have a short word in them."""
PERSONAL = ("username", "email", "name", "given_name", "family_name", "middle_name", "nickname")
"""What others know of a person (NIST's context-specific words)."""
KINDS: dict[Kind, str | Promise] = {
    "common": _("passwords and words that many people choose"),
    "known": _("your names and addresses, or the name of this service"),
    "sequence": _("characters that follow each other on the keyboard"),
    "repeated": _("repetitions"),
}
_REPEATED = re.compile(r"(.+?)\1+", re.DOTALL)


class MinimumLengthValidator:
    """As Django's, with the length that the settings in force ask for, in a sentence that each language of ours has."""

    def validate(self, password: str, user: object = None) -> None:
        least = conf().least_password
        if len(password) < least:
            text = ngettext(
                "This password is too short: it needs %(least)d character at the least.",
                "This password is too short: it needs %(least)d characters at the least.",
                least,
            )
            raise ValidationError(text, code="password_too_short", params={"least": least})

    def get_help_text(self) -> str:
        least = conf().least_password
        text = ngettext(
            "Your password needs %(least)d character at the least.",
            "Your password needs %(least)d characters at the least.",
            least,
        )
        return text % {"least": least}


class MaximumLengthValidator:
    """Bounds what is judged and hashed. Nothing is cut off: NIST SP 800-63B-4 §3.1.1.2."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAX_LENGTH:
            text = ngettext(
                "This password is too long: it may have %(most)d character at the most.",
                "This password is too long: it may have %(most)d characters at the most.",
                MAX_LENGTH,
            )
            raise ValidationError(text, code="password_too_long", params={"most": MAX_LENGTH})

    def get_help_text(self) -> str:
        return str(_("Your password can be as long as a few sentences."))


class RepetitionValidator:
    """Refuses a short password that was only typed again and again (NIST SP 800-63B-4 §3.1.1.2: repetitive values)."""

    def validate(self, password: str, user: object = None) -> None:
        repetition = _REPEATED.fullmatch(password) if len(password) <= 2 * SEARCHED else None
        if repetition and len(repetition[1]) < conf().least_password:
            raise ValidationError(_("This password repeats something short."), code="password_repeats")

    def get_help_text(self) -> str:
        return str(_("Your password can’t be something short, repeated."))  # noqa: RUF001 - Django's own apostrophe


class GuessableValidator:
    """Refuses what is mostly common, known, or one key after the other (NIST SP 800-63B-4 §3.1.1.2: the blocklist)."""

    def validate(self, password: str, user: object = None) -> None:
        found = worth(password, [*_of_service(), *_of_person(user)])
        # What is merely short is told by its length.
        needed = NEEDED_BESIDE if conf().requires_second_factor else NEEDED
        if found.length < needed and found.kinds:
            text = _(
                "This password is easy to guess: most of it is %(kinds)s."
                " A few words that have nothing to do with each other are better."
            )
            kinds = str(_(", ")).join(str(KINDS[kind]) for kind in KINDS if kind in found.kinds)
            raise ValidationError(text, code="password_guessable", params={"kinds": kinds})

    def get_help_text(self) -> str:
        return str(_("Your password can’t be mostly what many people choose, or what is known of you."))  # noqa: RUF001 - Django's own apostrophe


def _of_service() -> Iterator[str]:
    yield settings.BRAND
    yield issuer_host()
    yield "localhost"


def _of_person(user: object) -> Iterator[str]:
    return (text for text in (getattr(user, name, None) for name in PERSONAL) if isinstance(text, str))
