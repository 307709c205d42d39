"""Codes that are mailed to people, and typed into the browser that asked for them, wherever the mail is read.

A code is one of a thousand million. It lives for ten minutes or five attempts, and the next one that the same browser
asks for takes its place. Wrong ones are counted at the account like wrong passwords, and apart from them: strangers
have a share, and devices on which the person signed in before another.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts import mail
from accounts.ground import clock
from accounts.mail import limits
from accounts.models import User
from accounts.names import same_name_key
from accounts.sign_in import guesses, known_devices
from accounts.sign_in.browser import browser_of
from accounts.site.addresses import source_of
from accounts.stores import store
from accounts.stores.base.codes import Code, Outcome
from accounts.throttles import digest

GOOD_FOR = timedelta(minutes=10)
DIGITS = 9
GROUP = 3
"""Digits that stand together, to be read and typed."""
TAKEN = "address_taken"
"""The kind of mail to who has an address already that somebody else wants to prove."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who wants a code, by the name that was typed, which need be nobody's. `kind`: of mail, and so what it is for.
    `user`: at whose account it is counted, and whose changes make it void."""

    request: HttpRequest
    kind: str
    login: str
    user: User | None
    proves: bool = False
    """The code goes to what was typed: an address that is to become somebody's."""
    owner: User | None = None
    """Who else has that address already."""

    @property
    def device(self) -> str:
        """The browser's name, if the person signed in there before; else empty."""
        return (known_devices.device_of(self.request, self.user) or "") if self.user is not None else ""

    @property
    def holder(self) -> str:
        """With the browser in it: what a stranger asks for voids nobody's code. By the name that was typed: else the
        attempts would tell that two names are one account's."""
        return digest("mailed code", self.kind, browser_of(self.request), same_name_key(self.login))

    @property
    def is_reached(self) -> bool:
        """An address that is not verified may be somebody else's."""
        if self.proves:
            return self.owner is None
        return self.user is not None and self.user.is_active and self.user.email_verified and bool(self.user.email)


def send(asker: Asker) -> None:
    """One more, if mail may be sent. For whoever cannot be reached, or gets no more mail for now, it is the same work,
    and nobody gets anything but, where somebody else's address is to be proven, its owner the news."""
    answer = _may_send(asker)
    if answer == "refused":
        return
    code, ends = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", clock.now() + GOOD_FOR
    store().codes.put(asker.holder, Code(digest=_digest(asker, code), bound=_bound(asker), expires=ends))
    with transaction.atomic():
        if asker.owner is not None:
            to = _to(asker, asker.owner.email) if answer == "sent" else mail.NOBODY
            mail.send_to(TAKEN, to, address=asker.owner.email)
        else:
            to = _recipient(asker) if answer == "sent" else mail.NOBODY
            mail.send_code(asker.kind, to, ends, code=grouped(code))


def attempt(asker: Asker, typed: str) -> Outcome:
    """Whether it is the code, which `spend` spends. Raises Throttled where it is not judged now."""
    with guesses.at_mailed_code(asker.request, asker.user, asker.login) as guess:
        made = store().codes.attempt(asker.holder, _digest(asker, _digits(typed)), clock.now())
        if made.outcome == "wrong":
            return "wrong"
        if made.outcome == "over" or not asker.is_reached or not hmac.compare_digest(made.bound, _bound(asker)):
            guess.was_not_judged()
            return "over"
        guess.was_right()
        return "right"


def spend(asker: Asker, typed: str) -> bool:
    """Spends the code that was right, once all is done that it was for, or in the transaction that does it: true for
    the one caller for whom that is to hold."""
    return store().codes.spend(asker.holder, _digest(asker, _digits(typed)), clock.now())


def grouped(code: str) -> str:
    return " ".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def _may_send(asker: Asker) -> limits.Answer:
    source = source_of(asker.request)
    if asker.proves:
        return limits.may_claim(source, asker.login, None if asker.user is asker.owner else asker.user)
    return limits.may_ask(source, asker.login, asker.user, device=asker.device)


def _recipient(asker: Asker) -> mail.To:
    if asker.proves:
        return _to(asker, asker.login)
    if asker.user is None or not asker.is_reached:
        return mail.NOBODY
    # To the address as it is stored, and not as it was typed, which may only look alike.
    return _to(asker, asker.user.email)


def _to(asker: Asker, address: str) -> mail.To:
    person = asker.owner or asker.user
    return mail.To(address=address, language=(person.locale if person else "") or get_language() or "")


def _digits(typed: str) -> str:
    """Of any script, however they are grouped."""
    return "".join(str(unicodedata.decimal(letter)) for letter in typed if letter.isdecimal())


def _digest(asker: Asker, code: str) -> str:
    """Under the first pepper: a change of it voids the codes that were on their way."""
    pepper = next(iter(settings.PEPPERS.values()))
    return hmac.digest(pepper, f"{asker.holder} {code}".encode(), "sha256").hex()


def _bound(asker: Asker) -> str:
    """What has to stay as it is: names, address, password, and whether the account is on; and the address that it
    proves. No query: else what takes longer would tell whose name was typed."""
    user, proven = asker.user, asker.login if asker.proves else ""
    if user is None:
        return digest("nobody", proven)
    names = (str(user.pk), user.username_key, user.email_key or "")
    return digest(*names, user.password, str(user.security_epoch), proven)
