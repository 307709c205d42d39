"""What the columns may hold that tell of a person: the forms of OpenID Connect Core §5.1."""

import re
from datetime import date

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator, validate_email
from django.utils.translation import gettext_lazy as _

from accounts.ground.shown_text import hidden, is_blank

MAX_URL = 500  # characters
MAX_GROUP = 100  # characters
MAX_ATTRIBUTES = 50
MAX_ATTRIBUTE = 1000  # characters of a text, and texts of a list
MAX_NUMBER = 2**53 - 1
"""JSON numbers beyond it are not the same everywhere (RFC 8259 §6)."""
YEAR_UNKNOWN = "0000"
_BIRTHDATE = re.compile(r"([0-9]{4})(-[0-9]{2}-[0-9]{2})?", re.ASCII)


check_url = URLValidator(schemes=["https", "http"])
check_zoneinfo = RegexValidator(
    r"\A[A-Za-z_]+(/[A-Za-z0-9_+-]+)*\Z", _("Give a name of the time zone database, such as Europe/Paris.")
)
check_locale = RegexValidator(
    r"\A[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z", _("Give a language tag, such as en or en-GB (RFC 5646).")
)
check_phone_number = RegexValidator(
    r"\A\+[0-9]([ ().-]*[0-9]){3,24}(;ext=[0-9]{1,8})?\Z",
    _("Begin with + and the code of the country, such as +1 604 555 1234 or +1 604 555 1234;ext=12 (E.164, RFC 3966)."),
)

check_group = RegexValidator(
    r"\A\w([\w .:/@+-]*\w)?\Z", _("Letters, digits, spaces and . : / @ + - _ only, and a letter or digit at both ends.")
)
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)


def check_shown(text: str) -> None:
    """What people are shown of a person, or are shown as a person's. Raises ValidationError."""
    if found := hidden(text):
        raise ValidationError(_("Leave out %(letter)s: nobody sees it."), params={"letter": found})
    if is_blank(text):
        raise ValidationError(_("There is nothing in it that can be seen."))


def check_username(text: str) -> None:
    """Letters, digits and . + - _; or an address, with whatever addresses have. Raises ValidationError."""
    judge = validate_email if "@" in text else UnicodeUsernameValidator()
    judge(text)


def check_attributes(value: object) -> None:
    """A JSON object of a person's attributes: texts, whole numbers, true or false, and lists of texts. Raises
    ValidationError."""
    if not isinstance(value, dict) or len(value) > MAX_ATTRIBUTES:
        raise ValidationError(_("Give a JSON object of at most 50 attributes."))
    for name, attribute in value.items():
        if not _ATTRIBUTE.fullmatch(name):
            raise ValidationError(_("Names of attributes begin with a letter and have letters, digits and . _ - only."))
        if not (_is_plain(attribute) or _are_texts(attribute)):
            raise ValidationError(_("An attribute is a text, a whole number, true, false or a list of texts."))


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_ATTRIBUTE and value.isprintable() and not hidden(value)
    return isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MAX_NUMBER)


def _are_texts(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_ATTRIBUTE
        and all(isinstance(text, str) and _is_plain(text) for text in value)
    )


def check_birthdate(text: str) -> None:
    """YYYY-MM-DD, YYYY, or 0000-MM-DD where the year is not told. Raises ValidationError."""
    fault = ValidationError(_("Give a date as 1970-01-31, 1970, or 0000-01-31 without the year."))
    form = _BIRTHDATE.fullmatch(text)
    if form is None or text == YEAR_UNKNOWN:
        raise fault
    year, day = form.groups()
    try:
        # A leap year, so that 29 February is a day of a year that is not told.
        date.fromisoformat(f"{'2000' if year == YEAR_UNKNOWN else year}{day or '-01-01'}")
    except ValueError:
        raise fault from None
