"""The lengths of columns, in characters, and what several tables use."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tokens.conf import SIGNING_ALGS

CLIENT_ID = 255


IDENTIFIER = 255  # characters of a resource indicator


LOGO = 80  # characters of `<SHA-256>.<kind>`


HANDLE = 64  # characters of `<region>.<random>`


KEY = 64  # characters of `<region>.<SHA-256>`


TASK = 64


OUTCOME = 255  # characters


JOURNAL_KEY = CLIENT_ID + 16  # characters of `<kind>:<id>`


ALGS = [(alg, alg) for alg in SIGNING_ALGS]


def empty_list() -> list[str]:
    return []


def check_texts(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError(_("This must be a list of texts."))
