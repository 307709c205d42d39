"""The tables of what people prove themselves with after a password: an app, and codes for who lost it."""

from django.db import models

from accounts.ground.dated_field import DatedField
from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted
from accounts.models.one_time import DIGEST
from accounts.models.people import User


class AuthenticatorApp(Unlisted):
    """The app that shows a person one-time passwords (RFC 6238)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="authenticator_app")
    secret = models.CharField(max_length=255)
    """Sealed for this person (`accounts.factors.totp`)."""
    created = DatedField(auto_now_add=True)
    last_used = models.DateTimeField(null=True)
    """A mark, written at most every five minutes."""

    def __str__(self) -> str:
        return str(self.user_id)


class RecoveryCode(Unlisted):
    """A code that stands in for the app, once."""

    digest = ExactField(primary_key=True, max_length=64)
    """Of the person and the code, under a pepper."""
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    spent_at = models.DateTimeField(null=True)
    spent_by = models.CharField(max_length=DIGEST, default="")
    """As of what is spent once in the store."""

    def __str__(self) -> str:
        return str(self.user_id)
