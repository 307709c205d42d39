"""Scheduled work and the outbox of logout notices."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted
from tokens.models.columns import CLIENT_ID, HANDLE, OUTCOME, TASK


class LogoutDelivery(models.Model):
    """The outbox of logout notices. No token: each attempt signs its own."""

    client_id = ExactField(_("client"), max_length=CLIENT_ID)
    subject = models.UUIDField(_("person"))
    # NULL: all sessions of the person.
    sid = ExactField(max_length=HANDLE, null=True)
    created = models.DateTimeField(_("created"), db_default=Now())
    # Counts the claims too: what an earlier claim has to say of the row is void.
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # When it may be claimed, which moves it; NULL once there is nothing more to do.
    due = models.DateTimeField(_("next attempt"), null=True, db_default=Now())
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    outcome = models.CharField(_("last outcome"), max_length=OUTCOME, default="")
    # NULL while it waits, and so out of the clean-up's sight.
    expires = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = _("logout notice")
        verbose_name_plural = _("logout notices")
        indexes = [
            models.Index(fields=["client_id", "due"], name="logout_of_client"),
            models.Index(fields=["due", "client_id"], name="logout_due"),
            # As the admin lists them.
            models.Index(fields=["client_id", "id"], name="logout_list_of_client"),
            models.Index(fields=["subject", "id"], name="logout_list_of_subject"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class LogoutRecheck(Unlisted):
    """An ended session, or a person whose sessions all ended: who was given tokens meanwhile is to be told too."""

    sid = ExactField(max_length=HANDLE, null=True)
    subject = models.UUIDField()
    ended_at = models.DateTimeField(db_default=Now())
    due = models.DateTimeField(db_index=True)


class Ending(Unlisted):
    """What a store elsewhere is to hear: that a sign-in ended or, without `sid`, all of a person up to an instant. It
    is written in the transaction that ends them, where there is such a store, and gone once that has heard it."""

    id = models.UUIDField(primary_key=True)
    sid = ExactField(max_length=HANDLE, null=True)
    subject = models.UUIDField()
    # By the clock that dates sign-ins, under the lock that orders them.
    until = models.DateTimeField(db_default=Now(), db_index=True)
    # Until when the journal keeps it.
    kept_until = models.DateTimeField()


class Lease(Unlisted):
    """A scheduled task. `until` is NULL while nobody does it; `epoch` grows with each claim, an older one is void."""

    task = ExactField(primary_key=True, max_length=TASK)
    epoch = models.BigIntegerField(default=0)
    # The interval of the last claim: how many of its length had begun since 1970.
    slot = models.BigIntegerField(default=-1)
    until = models.DateTimeField(null=True)
    # The epoch of the last run that ended well.
    succeeded = models.BigIntegerField(null=True)
    failures = models.BigIntegerField(default=0)


class Run(models.Model):
    """What a claim of a scheduled task came to. It decides nothing."""

    task = ExactField(_("task"), max_length=TASK)
    epoch = models.BigIntegerField(_("number"))
    slot = models.BigIntegerField()
    node = models.CharField(_("node"), max_length=255)
    started = models.DateTimeField(_("started"))
    finished = models.DateTimeField(_("finished"), null=True)
    rows = models.JSONField(_("rows"), default=dict)
    error = models.CharField(_("error"), max_length=255, default="")
    expires = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("run of scheduled work")
        verbose_name_plural = _("runs of scheduled work")
        constraints = [models.UniqueConstraint(fields=["task", "epoch"], name="one_run_a_claim")]

    def __str__(self) -> str:
        return f"{self.task} {self.epoch}"
