"""How accounts asks a server elsewhere: by the fetcher that the settings name, since it knows nothing of tokens."""

from collections.abc import Mapping
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class FetchFailed(Exception):
    """There is no answer to be had, or none that is wanted. The text is for an operator's log: one line of ASCII."""


class FetchBytes(Protocol):
    """Asks by GET, bounded in time and bytes. Raises FetchFailed."""

    def __call__(
        self, url: str, *, accept: str, most: int, client: str, seconds: float, more: Mapping[str, str]
    ) -> bytes: ...


def fetch_bytes() -> FetchBytes:
    """That of the setting FETCH_BYTES, the dotted path of a function."""
    named: FetchBytes = import_string(settings.FETCH_BYTES)
    return named
