"""Signing keys."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted


class SigningKey(models.Model):
    kid = ExactField(primary_key=True, max_length=64)
    alg = models.CharField(max_length=8)
    public = models.JSONField()
    private = models.TextField()
    state = models.CharField(max_length=8)
    # Set while the key is next or active: unique, so that two nodes cannot each make one (NULLs never collide).
    slot = ExactField(max_length=16, null=True, unique=True)
    created = models.DateTimeField(_("created"), db_index=True)
    since = models.DateTimeField(_("in this state since"), db_default=Now())

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")

    def __str__(self) -> str:
        return str(self.kid)


class IDToken(Unlisted):
    """ID tokens are never stored."""

    class Meta(Unlisted.Meta):
        managed = False
