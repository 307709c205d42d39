"""Why a passkey was refused, as the person is told."""

from collections.abc import Mapping
from typing import Literal

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Reason = Literal["unreadable", "late", "wrong", "unknown", "counter", "another", "taken", "many"]

TEXTS: Mapping[Reason, Promise] = {
    "unreadable": _("What your browser sent could not be read. Try again."),
    "late": _("This page was open for too long, or was sent twice. Try again."),
    "wrong": _("The passkey was not accepted. It has to be unlocked by your device, with a PIN, a finger or a face."),
    "unknown": _("This passkey is not known here. It may have been removed from its account."),
    "counter": _("This passkey was refused: it looks as if there was a copy of it. Remove it, and add a new one."),
    "another": _("This passkey belongs to another account."),
    "taken": _("This passkey is in use already."),
    "many": _("You have as many passkeys as one can have. Remove one first."),
}


def refused(reason: Reason) -> ValidationError:
    return ValidationError(str(TEXTS[reason]), code=f"passkey_{reason}")
