"""The queue of mail: a row a mail, from the transaction that causes it until it was sent, or nobody needs it any more.

A sender claims a row until an instant. Who died meanwhile leaves it to the next one, so a mail may be sent twice, under
one Message-ID, and none is lost.
"""

import uuid
from collections.abc import Collection
from datetime import timedelta

from django.db import models
from django.db.models import F, Min, Q
from django.utils.translation import gettext_lazy as _

from accounts.ground import clock

LEASE = timedelta(minutes=5)
"""After how long a mail that was claimed and of which nothing is known is due again: its sender died, or may have."""
KEPT = timedelta(days=7)
"""How long staff see that a mail was given up."""
FAULT_LENGTH = 200  # characters


class Mail(models.Model):
    """A mail that waits to be sent, or was given up. Of one that was sent there is no row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=32)
    """A name of `accounts.mail.kinds.KINDS`."""
    recipient = models.CharField(max_length=254)
    """The address as it is stored of the person; empty where nobody gets anything, and only the work is the same."""
    language = models.CharField(max_length=35)
    """What the person chose; empty where they chose none."""
    data = models.TextField()
    """What its template is given, sealed; empty once it was given up."""
    created = models.DateTimeField()
    due = models.DateTimeField(null=True, db_index=True)
    """When it is to be sent, or sent again; None: never."""
    attempts = models.PositiveIntegerField(default=0)
    expires = models.DateTimeField(db_index=True)
    """After it nobody needs it: it is not sent, and its row goes."""
    fault = models.CharField(max_length=FAULT_LENGTH)
    """Why the last attempt failed, in words of ours."""

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")

    def __str__(self) -> str:
        return str(self.id)


WAITING = Q(due__isnull=False)
GIVEN_UP = Q(due__isnull=True) & ~Q(recipient="")


def due(kinds: Collection[str], most: int) -> list[Mail]:
    """The first that are due, of kinds that the caller knows: others are another version's."""
    now = clock.now()
    return list(Mail.objects.filter(kind__in=kinds, due__lte=now, expires__gt=now).order_by("due")[:most])


def claim(mail: Mail) -> bool:
    """Whether it is the caller's until LEASE is over. Of several one wins."""
    mine = _still(mail).update(due=clock.now() + LEASE, attempts=F("attempts") + 1) == 1
    mail.attempts += 1
    return mine


def sent(mail: Mail) -> None:
    """Whoever else claimed it meanwhile: it was."""
    Mail.objects.filter(pk=mail.pk).delete()


def postpone(mail: Mail, pause: timedelta, fault: str) -> None:
    """Nothing, where another claimed it meanwhile."""
    _still(mail).update(due=clock.now() + pause, fault=fault[:FAULT_LENGTH])


def give_up(mail: Mail, fault: str, *, secret: bool) -> None:
    """It is never sent. `secret`: nothing of it is kept; else staff see for KEPT that it was not."""
    if secret:
        _still(mail).delete()
    else:
        _still(mail).update(due=None, data="", fault=fault[:FAULT_LENGTH], expires=clock.now() + KEPT)


def end(shown: Collection[str]) -> int:
    """Gives up all that nobody needs any more; how many. `shown`: kinds of which staff see that they were given up. Of
    any other nothing is kept: one of a later version may be a code."""
    now = clock.now()
    late = Mail.objects.filter(WAITING, expires__lte=now)
    dropped, _ = late.exclude(kind__in=shown).delete()
    return dropped + late.filter(kind__in=shown).update(due=None, data="", expires=now + KEPT)


def standing() -> tuple[float, int, int]:
    """Seconds that the oldest mail has waited, 0 where none does; how many wait, and how many were given up lately."""
    found = Mail.objects.aggregate(
        oldest=Min("created", filter=WAITING),
        waiting=models.Count("pk", filter=WAITING),
        given_up=models.Count("pk", filter=GIVEN_UP),
    )
    waits = (clock.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return max(0.0, waits), found["waiting"], found["given_up"]


def last_fault() -> str:
    """Why the last mail that was given up was; empty where none was lately."""
    given_up = Mail.objects.filter(GIVEN_UP).order_by("-expires")
    return given_up.values_list("fault", flat=True).first() or ""


def _still(mail: Mail) -> "models.QuerySet[Mail]":
    """The row, if it waits, and nobody claimed it since it was read."""
    return Mail.objects.filter(WAITING, pk=mail.pk, attempts=mail.attempts)
