"""What a person is told whose password or code is not judged now: what is throttled, how long still, and what is
open."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Literal

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.site.refusal_lines import give_reason, reason_of

Known = Literal["stranger", "device", "session"]
"""How well we know who types a password, for the account that it is for."""
What = Literal["password", "code", "mailed code"]
"""What is guessed: `code` is a second factor's, typed by who knows the password."""
Reason = Literal["address", "source", "account"]
"""What had too many failures: an address, whatever account they were at; an account, from one source or in all."""

_NAME = gettext_lazy("Too many wrong passwords were entered for this name.")
TEXTS: Mapping[tuple[Reason, Known], Promise] = {
    ("address", "stranger"): gettext_lazy("Too many wrong passwords came from this internet address, for any name."),
    ("source", "stranger"): gettext_lazy("Too many wrong passwords for this name came from this internet address."),
    ("source", "device"): gettext_lazy("Too many wrong passwords for this name were entered in this browser."),
    ("source", "session"): gettext_lazy("Too many wrong passwords were entered since you signed in here."),
    ("account", "stranger"): _NAME,
    ("account", "device"): _NAME,
    ("account", "session"): _NAME,
}
CODES: Mapping[Reason, Promise] = {
    "address": gettext_lazy("Too many wrong passwords and codes came from this internet address."),
    "source": gettext_lazy("Too many wrong codes were entered for this account here."),
    "account": gettext_lazy("Too many wrong codes were entered for this account."),
}
AROUND: Mapping[Known, Promise] = {
    "stranger": gettext_lazy("In a browser in which you signed in before you can sign in at once."),
    "device": gettext_lazy("Where you are signed in, you stay so."),
    "session": gettext_lazy("Where you are signed in, you stay so."),
}
"""What is open to a person meanwhile, where an account is throttled."""
_LINK = gettext_lazy("The people who run this server can give you a link that sets a new password.")
HELP: Mapping[What, Promise] = {
    "password": _LINK,
    "mailed code": _LINK,
    "code": gettext_lazy("The people who run this server can remove a second factor that you lost."),
}
LONG = timedelta(hours=1)
"""Who has to wait longer than this needs help."""
UNITS: Sequence[tuple[timedelta, timedelta, Callable[[int], str]]] = (
    (timedelta(days=2), timedelta(days=1), lambda n: ngettext("%(n)d day", "%(n)d days", n)),
    (timedelta(hours=2), timedelta(hours=1), lambda n: ngettext("%(n)d hour", "%(n)d hours", n)),
    (timedelta(minutes=2), timedelta(minutes=1), lambda n: ngettext("%(n)d minute", "%(n)d minutes", n)),
    (timedelta(0), timedelta(seconds=1), lambda n: ngettext("%(n)d second", "%(n)d seconds", n)),
)
"""From which length on a wait is told in a unit."""


class Throttled(ValidationError):
    """It was not judged, and nothing was counted. `wait`: how long until one is."""

    def __init__(self, reason: Reason, known: Known, wait: timedelta, what: What = "password") -> None:
        self.wait = wait
        happened = TEXTS[reason, known] if what == "password" else CODES[reason]
        told = [str(happened), _("The next one is looked at in %(wait)s.") % {"wait": in_words(wait)}]
        if reason == "account":
            told.append(str(AROUND[known]))
        if wait > LONG:
            told.append(str(HELP[what]))
        super().__init__(" ".join(told), code=f"throttled_{reason}")


def refuse(request: HttpRequest, response: HttpResponseBase, form: BaseForm) -> None:
    """Says in the status and in the log that the form was refused: 422, or 429 where it was too early, and after how
    many seconds to come back (RFC 6585 §4)."""
    give_reason(request, reason_of(form))
    response.status_code = 422
    for errors in form.errors.as_data().values():
        for error in errors:
            if isinstance(error, Throttled):
                response.status_code = 429
                response.headers["Retry-After"] = str(_whole(error.wait, timedelta(seconds=1)))


def in_words(wait: timedelta) -> str:
    """Rounded up: who comes back then is not told to wait again."""
    unit, words = next((unit, words) for least, unit, words in UNITS if wait >= least)
    number = _whole(wait, unit)
    return words(number) % {"n": number}


def _whole(wait: timedelta, unit: timedelta) -> int:
    return max(1, ceil(wait / unit))
