"""Session keys and sids have the form of every handle of the deployment; who mints them is named by the settings."""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Handles(Protocol):
    """Texts of the form `<region>.<43 of base64url>`."""

    def mint(self) -> str:
        """A new one, of this node's region. Nobody can guess it."""

    def key_of(self, text: str) -> str | None:
        """What is stored of one that is a credential, at most 60 characters; None where `text` is of another form."""


def handles() -> Handles:
    """Those of the setting HANDLES, the dotted path of a function without arguments."""
    named: Handles = import_string(settings.HANDLES)()
    return named
