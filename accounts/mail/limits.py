"""How many mails strangers may have us send: to one address, at one account, from one source.

Who asks is answered the same in any case. All is counted by what was typed, whether somebody has that address or not.
A device on which the person signed in before has shares of its own, so that strangers keep nobody out who is known.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Literal

from accounts.models import User
from accounts.names import same_name_key
from accounts.throttles import Counter, Limit, digest, spend

Whose = Literal["source", "recipient", "account"]
HOUR = timedelta(hours=1)
LIMITS: Mapping[Whose, Limit] = {
    "source": Limit(failures=30, kept=HOUR, window=True),
    "recipient": Limit(failures=5, kept=HOUR, window=True),
    "account": Limit(failures=5, kept=HOUR, window=True),
}
"""A source may be an office: the many in it get their own."""


def may_ask(source: str, address: str, user: User | None, device: str = "") -> bool:
    """Counts one more mail that somebody at `source` (`accounts.site.addresses`) asked for; whether it may be sent.
    `user`: whose it would be. `device`: the name of a browser of theirs. Never to be called in a transaction."""
    name = same_name_key(address)
    return _are_free(source, name, name if user is None else str(user.pk), device)


def may_claim(source: str, address: str, by: User | None) -> bool:
    """The same of a mail to an address that is to become somebody's. No device has a share of its own: whoever knows
    many could else fill a stranger's mailbox. `by`: who is signed in, whom strangers keep from nothing."""
    name = same_name_key(address)
    return _are_free(source, name, name if by is None else f"signed in {by.pk}", "")


def _are_free(source: str, name: str, account: str, device: str) -> bool:
    return spend(list(_counters(source, name, account, device))) is None


def _counters(source: str, name: str, account: str, device: str) -> Iterator[Counter]:
    """What many share comes first. For an address that is nobody's its account is counted by its name."""
    keys: Mapping[Whose, str] = {
        "source": source,
        "recipient": name,
        "account": account,
    }
    for whose, key in keys.items():
        if key:
            yield Counter(key=digest("mail", whose, key, device), limit=LIMITS[whose])
