"""The tables of sessions, and of what ends them or begins one without a password."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.conf import ACR_LENGTH, conf
from accounts.ground.unlisted import Unlisted
from accounts.handles import handles
from accounts.models.people import User

RESET_LINK_LIFETIME = timedelta(hours=1)
"""NIST SP 800-63B-4 §4.2.1."""
Over = Literal["ended", "disabled", "changed", "expired", "idle"]
"""Why a sign-in is over: somebody ended it, its person was disabled or changed the password, it lasted too long, or
nobody used it."""


def new_sid() -> str:
    return handles().mint()


class LoginSession(models.Model):
    """One sign-in of a person in one browser. This row, not a cookie or a cache, decides whether it lives."""

    sid = models.CharField(primary_key=True, max_length=64, default=new_sid, editable=False)
    # Its index is the one below.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_sessions", db_index=False)
    auth_time = models.DateTimeField(_("signed in"))
    methods = models.JSONField(default=list)
    """What was used to sign in: names of `sessions.methods.METHODS`. `acr` and `amr` are what followed from them then,
    under the settings and on the version of the node that wrote them."""
    acr = models.CharField(max_length=ACR_LENGTH)
    amr = models.JSONField(default=list)
    device = models.CharField(_("device"), max_length=200, blank=True)
    remembered = models.BooleanField(_("remembered"), default=False)
    created = models.DateTimeField(_("created"))
    last_seen = models.DateTimeField(_("last seen"))
    expires = models.DateTimeField(_("expires"), db_index=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    security_epoch = models.PositiveIntegerField()
    root_at = models.DateTimeField()
    """The instant of the sign-in by the database's clock, which also says when a person's tokens were voided."""
    group_requires = False
    """No column: whether a group of the person's requires a second factor, where the statement of sessions read it."""

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        # Of one person, as the admin lists them.
        indexes = [models.Index(fields=["user", "expires"], name="accounts_session_of_user")]

    def __str__(self) -> str:
        return self.sid

    @property
    def is_kept(self) -> bool:
        """Whether it goes on however long nobody uses it: it was asked for, and the settings let it."""
        return self.remembered and conf().remembers

    @property
    def over_at(self) -> datetime:
        """When it is over at the latest: as was said when it began, or sooner where the settings let none live so long
        any more."""
        seconds = conf().session_remember if self.is_kept else conf().session_absolute
        return min(self.expires, self.created + timedelta(seconds=seconds))

    def lives(self, now: datetime) -> bool:
        """Whether a browser with this sign-in is signed in at `now`."""
        return self.cause(now) is None

    def cause(self, now: datetime) -> Over | None:
        """Why nobody is signed in by it at `now`; None where somebody is."""
        idle_since = self.last_seen + timedelta(seconds=conf().session_idle)
        causes: Mapping[Over, bool] = {
            "ended": self.ended_at is not None,
            "disabled": not self.user.is_active,
            "changed": self.user.security_epoch != self.security_epoch,
            "expired": self.over_at <= now,
            "idle": not self.is_kept and idle_since <= now,
        }
        return next((cause for cause, is_so in causes.items() if is_so), None)


class VoidBefore(Unlisted):
    """Up to which instant every sign-in is void: one row, or none. `accounts.sessions.void` writes and asks it."""

    instant = models.DateTimeField()


class Session(Unlisted):
    """Django's session data of one browser, found by the hash of the cookie's value."""

    key_hash = models.CharField(primary_key=True, max_length=64)
    version = models.CharField(max_length=32)
    """A new random text at every write, so that a cache's entry for another state of this row never matches."""
    session_data = models.TextField()
    expires = models.DateTimeField(db_index=True)
    login = models.ForeignKey(LoginSession, null=True, on_delete=models.CASCADE, related_name="+")


class ResetLink(Unlisted):
    """A link by which a person sets a password without the old one; `accounts.sign_in.reset_links` says when it is
    good."""

    key = models.CharField(primary_key=True, max_length=64)
    """The hash of what stands in the link."""
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=64)
    """The hash of what the account's names, password and state were when it was made."""
    expires = models.DateTimeField(db_index=True)

    class Meta(Unlisted.Meta):
        verbose_name = _("reset link")
        verbose_name_plural = _("reset links")
