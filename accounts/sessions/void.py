"""Every sign-in up to an instant is void: after a restore the database says of them what is not so any more.

One row tells the instant. Each look at a session judges it in the statement that it makes anyway, so that a million
sign-ins end by one write.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from accounts.ground.add_missing import add_missing
from accounts.models import RESET_LINK_LIFETIME, ResetLink, VoidBefore

ONLY = 1
"""The key of the one row."""


def is_void(root_at: str) -> Exists:
    """Whether the sign-in is whose instant is in the column `root_at` of a query."""
    return Exists(VoidBefore.objects.filter(instant__gte=OuterRef(root_at)))


@transaction.atomic
def void_until(instant: datetime | None) -> None:
    """Voids every sign-in up to the instant, inclusive, and the links made until then that set a password; None: up to
    now, by the database's clock. The instant never moves back."""
    until = Now() if instant is None else instant
    add_missing([VoidBefore(pk=ONLY, instant=until)])
    VoidBefore.objects.filter(pk=ONLY, instant__lt=until).update(instant=until)
    links = ResetLink.objects.all()
    (links if instant is None else links.filter(expires__lte=instant + RESET_LINK_LIFETIME)).delete()
