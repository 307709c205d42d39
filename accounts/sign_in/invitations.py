"""Invitations: links by which the people who run the server let somebody make an account for one address.

Nothing is written of one until it is used up: what it says is sealed in it. Whoever has it is who reads that address's
mail, or was given it by who may say whose address it is.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from accounts import mail
from accounts.ground import clock
from accounts.ground.sealing import CannotUnseal, seal, unseal
from accounts.stores import store

GOOD_FOR = timedelta(days=7)
PARAMETER = "invitation"
_CONTEXT = "accounts.sign_in.invitations"
_PROOF = "invitation:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """`name`: a random text, by which it is used up."""

    address: str
    name: str
    ends: datetime

    @property
    def proof(self) -> str:
        """What it proves of a sign-in on its way."""
        return f"{_PROOF}{int(self.ends.timestamp())}:{self.name}"


def make(address: str) -> str:
    """The address of the link."""
    ends = int((clock.now() + GOOD_FOR).timestamp())
    plain = f"{ends} {secrets.token_urlsafe(16)} {address}"
    text = seal(plain.encode(), _CONTEXT, settings.SEALING_KEYS)
    # In the query, which no log of requests has.
    return f"{settings.ISSUER}{reverse('sign_up_invited')}?{urlencode({PARAMETER: text})}"


def send(address: str) -> None:
    """Mails the link. Inside the transaction that caused it."""
    mail.send_code("invitation", mail.To(address=address), clock.now() + GOOD_FOR, link=make(address))


def read(text: str) -> Invitation | None:
    """None where it is none of ours, or over. Whether it is used up shows when it is spent."""
    try:
        plain = unseal(text, _CONTEXT, settings.SEALING_KEYS).decode()
    except CannotUnseal:
        return None
    ends, name, address = plain.split(" ", 2)
    invitation = Invitation(address=address, name=name, ends=datetime.fromtimestamp(int(ends), UTC))
    return invitation if clock.now() < invitation.ends else None


def is_proof(method: str) -> bool:
    return method.startswith(_PROOF)


def spend_all(methods: Collection[str], by: str) -> bool:
    """Uses up those that are among what was proven, if there are any, by a sign-in on its way: true for the one that
    may go on by them."""
    return all(_spend(method, by) for method in methods if is_proof(method))


def _spend(method: str, by: str) -> bool:
    ends, _, name = method.removeprefix(_PROOF).partition(":")
    return store().once.spend(f"invitation {name}", datetime.fromtimestamp(int(ends), UTC), by)
