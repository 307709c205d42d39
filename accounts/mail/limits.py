"""How many mails strangers may have us send: to one address, at one account, from one source.

Who asks is answered the same in any case. All is counted by what was typed, whether somebody has that address or not.
A device on which the person signed in before has shares of its own, so that strangers keep nobody out who is known.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from accounts.models import User
from accounts.names import same_name_key
from accounts.throttles import Counter, Limit, digest, spend

Whose = Literal["source", "recipient", "account"]
Answer = Literal["sent", "unsent", "refused"]
"""To "unsent" all is done but the sending. "refused" is the source, whomever it names: nothing is done."""
HOUR = timedelta(hours=1)
LIMITS: Mapping[Whose, Limit] = {
    "source": Limit(failures=30, kept=HOUR, window=True),
    "recipient": Limit(failures=5, kept=HOUR, window=True),
    "account": Limit(failures=5, kept=HOUR, window=True),
}
"""A source may be an office: the many in it get their own."""


def may_ask(source: str, address: str, user: User | None, device: str = "") -> Answer:
    """Counts one more mail that somebody at `source` (`accounts.site.addresses`) asked for; whether it may be sent.
    `user`: whose it would be. `device`: the name of a browser of theirs. Never to be called in a transaction."""
    name = same_name_key(address)
    return _counted(source, name, name if user is None else str(user.pk), device)


def may_claim(source: str, address: str, by: User | None) -> Answer:
    """The same of a mail to an address that is to become somebody's. No device has a share of its own: whoever knows
    many could else fill a stranger's mailbox. `by`: who is signed in, whom strangers keep from nothing."""
    name = same_name_key(address)
    return _counted(source, name, name if by is None else f"signed in {by.pk}", "")


def _counted(source: str, name: str, account: str, device: str) -> Answer:
    """For an address that is nobody's its account is counted by its name. Of both each is counted, whatever the other
    says: what is given back, or not, would tell that two names are one account's."""
    if source and not _is_free("source", source, device):
        return "refused"
    free = [_is_free("recipient", name, device), _is_free("account", account, device)]
    return "sent" if all(free) else "unsent"


def _is_free(whose: Whose, key: str, device: str) -> bool:
    return spend([Counter(key=digest("mail", whose, key, device), limit=LIMITS[whose])]) is None
