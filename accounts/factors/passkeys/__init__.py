"""Passkeys (WebAuthn Level 3). fido2 reads and judges what browsers send; what is asked, kept and spent is ours.

    page ◀── registration.offer, assertion.offer ── challenge.new
    form ──▶ registration.add, assertion.proved ──▶ challenge.check, relying_party, challenge.spend

The user handle is the 16 bytes of the person's id, which says nothing of them and never changes.
"""

from uuid import UUID

from django.db.models import QuerySet

from accounts.ground.sql.statement import statement
from accounts.models import Passkey, User

FIELD = "passkey"
"""The field of a form that has what the browser answered, as JSON."""
MOST = 20
"""Passkeys of one person, at the most."""


@statement("passkeys.of", once=True)
def of(person: UUID) -> QuerySet[Passkey]:
    """The person's, the first one first."""
    return Passkey.objects.filter(user=person).order_by("created", "key")


def has_any(user: User) -> bool:
    return Passkey.objects.filter(user=user).exists()
