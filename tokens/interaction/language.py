"""The language that the pages of an authorization request speak (OpenID Connect Core §3.1.2.1, `ui_locales`)."""

from collections.abc import Mapping

from django.conf import settings
from django.utils import translation

from tokens.protocol.hints import language


def speak(parameters: Mapping[str, str]) -> None:
    """From here on this request's page is in the first of `ui_locales` that we have, else in the browser's language."""
    wanted = language(parameters, languages())
    if wanted is not None:
        translation.activate(wanted)


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
