"""The one place where passwords are judged, and where guesses at a second factor are counted. A judgement is counted as
a failure before it is made, and only a right one takes that back: a right password forgives no wrong codes.

NIST SP 800-63B-4 §3.2.2 allows a hundred failures in a row on an account, whatever name it was called by. They are
divided among strangers, devices on which the person signed in before, and their live sessions, so that a stranger who
uses up all of theirs locks nobody out who is known.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest

from accounts import sessions
from accounts.conf import conf
from accounts.ground.unavailable import Unavailable
from accounts.models import User
from accounts.names import same_name_key
from accounts.sign_in import equal_work, known_devices
from accounts.sign_in.throttled import Known, Reason, Throttled, What
from accounts.site.addresses import source_of
from accounts.throttles import Count, Counter, Limit, digest, give_back, rising, spend, throttles

logger = logging.getLogger(__name__)

IN_A_ROW = timedelta(days=90)
"""Failures with less than this between them are in a row, unless a right password came between."""
LONGEST = timedelta(hours=1)
SHARES: Mapping[Known, Limit] = {
    "stranger": Limit(failures=60, kept=IN_A_ROW, waits=rising(20, timedelta(seconds=30), LONGEST)),
    "device": Limit(failures=20, kept=IN_A_ROW, waits=rising(10, timedelta(seconds=30), LONGEST)),
    "session": Limit(failures=20, kept=IN_A_ROW, waits=rising(10, timedelta(seconds=30), LONGEST)),
}
"""An account's failures in a row, a hundred together. The more there are, the later the next password is judged: after
half a minute and, in the end, an hour (NIST SP 800-63B-4 §3.2.2)."""
ONE_SOURCE = Limit(failures=100, kept=timedelta(days=1), waits=rising(5, timedelta(minutes=5), LONGEST))
"""Those at an account that come from one address, one device or one session: who guesses there is slowed down long
before anybody else is. A stranger's are counted by the name that was typed: else an address would tell, after five
wrong passwords for each, that two names are one account's. After twenty from many addresses the account's own share
tells it still."""
GUESSED: Mapping[What, str] = {"password": "account", "code": "second factor", "mailed code": "mailed code"}
"""What counters of an account are called by: a hundred of each in a row."""
ADDRESS_WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Guess:
    """A password or a code that is about to be judged."""

    what: What

    account: str
    known: Known
    counters: Mapping[Reason, Counter]
    """What many share comes first."""

    def was_not_judged(self) -> None:
        """It is no failure."""
        give_back(list(self.counters.values()))

    def was_right(self) -> None:
        """Ends the row of failures at the account. At the address it only takes back its own: else who has an account
        could try all others between two sign-ins of theirs. A store that cannot forget now refuses nobody: what was
        right may be spent by now. What it counted stays counted."""
        try:
            give_back([counter for counter in self.counters.values() if not counter.account])
            throttles().forget(self.account)
        except Unavailable as error:
            logger.warning("failures at an account are not forgotten yet (%s)", type(error).__name__)


def judge(request: HttpRequest | None, user: User | None, identifier: str, password: str) -> bool:
    """Whether it is the password of the account; `user` is None where no account has that name, which costs and counts
    the same. Raises Throttled where it is not judged now."""
    with _counted(_guess(request, user, "password", account_of(user, identifier), identifier)) as guess:
        if user is None or not user.check_password(password):
            equal_work.after_a_failure(password, user)
            return False
        guess.was_right()
        if request is not None:
            known_devices.note_right(request)
        return True


def person_of(request: HttpRequest | None, identifier: str, password: str) -> User | None:
    """Whose name and password these are, though the account may be switched off. An unknown name takes as long as a
    known one. Raises Throttled."""
    user = User.objects.by_identifier(identifier)
    return user if judge(request, user, identifier, password) else None


@contextmanager
def at_second_factor(request: HttpRequest, user: User) -> Iterator[Guess]:
    """Counts a code that is judged within; who is right calls `was_right`. Raises Throttled where it is not to be
    judged now."""
    with _counted(_guess(request, user, "code", _account_of(str(user.pk), "code"), user.username)) as guess:
        yield guess


@contextmanager
def at_mailed_code(request: HttpRequest, user: User | None, identifier: str) -> Iterator[Guess]:
    """The same, for a code that was mailed; `user` is None where no account has that name."""
    account = account_of(user, identifier, "mailed code")
    with _counted(_guess(request, user, "mailed code", account, identifier)) as guess:
        yield guess


def forgive(subject: str, what: What = "password") -> None:
    """Forgets the failures at an account."""
    throttles().forget(_account_of(subject, what))


def counted(subject: str) -> Mapping[tuple[What, Known], Count]:
    """For support: the failures in a row at an account, by what was guessed and how well who failed is known; none
    where there are none."""
    shares = {(what, known): each for what in GUESSED for known, each in _shares(_account_of(subject, what)).items()}
    seen = throttles().look(list(shares.values()))
    return {name: seen[counter.key] for name, counter in shares.items() if counter.key in seen}


@contextmanager
def _counted(guess: Guess) -> Iterator[Guess]:
    refusal = spend(list(guess.counters.values()))
    if refusal is not None:
        [reason] = [reason for reason, counter in guess.counters.items() if counter is refusal.counter]
        raise Throttled(reason, guess.known, refusal.wait, guess.what)
    try:
        yield guess
    except Exception:
        guess.was_not_judged()
        raise


def _guess(request: HttpRequest | None, user: User | None, what: What, account: str, typed: str) -> Guess:
    known, source = _source(request, user)
    counters: dict[Reason, Counter] = {}
    if source and known == "stranger":
        counters["address"] = Counter(key=digest("address", source), limit=_address_limit())
    if source:
        name = digest(GUESSED[what], same_name_key(typed)) if known == "stranger" else account
        counters["source"] = Counter(key=digest(name, known, source), limit=ONE_SOURCE, account=account)
    counters["account"] = _shares(account)[known]
    return Guess(what, account, known, counters)


def _shares(account: str) -> Mapping[Known, Counter]:
    return {known: Counter(key=digest(account, known), limit=limit, account=account) for known, limit in SHARES.items()}


def account_of(user: User | None, identifier: str, what: What = "password") -> str:
    """One for all names of an account, and for all spellings of a name that none has."""
    if user is not None:
        return _account_of(str(user.pk), what)
    return digest("name", *(() if what == "password" else (what,)), same_name_key(identifier))


def _account_of(subject: str, what: What = "password") -> str:
    return digest(GUESSED[what], subject)


def _source(request: HttpRequest | None, user: User | None) -> tuple[Known, str]:
    """How well who asks is known, and where from; empty where nobody can say."""
    if request is None:
        return "stranger", ""
    if user is not None:
        current = sessions.current(request)
        if current is not None and current.subject == str(user.pk):
            return "session", current.sid
        device = known_devices.device_of(request, user)
        if device is not None:
            return "device", device
    return "stranger", source_of(request)


def _address_limit() -> Limit:
    return Limit(failures=conf().failures_per_address, kept=ADDRESS_WINDOW, window=True)
