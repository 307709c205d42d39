"""The language of a page, for as long as it is made."""

from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class LanguageMiddleware(LocaleMiddleware):
    """Django leaves a thread in the language of its last page, where the next request may be a program's: what that is
    told is in English, and ASCII (RFC 6749 §5.2)."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return cast(HttpResponseBase, super().__call__(request))
        finally:
            translation.deactivate()
