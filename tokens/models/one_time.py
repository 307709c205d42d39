"""Things that work once."""

from django.db import models
from django.db.models.functions import Now

from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted
from tokens.models.columns import CLIENT_ID, KEY


class AuthorizationCode(Unlisted):
    key = ExactField(primary_key=True, max_length=KEY)
    client_id = ExactField(max_length=CLIENT_ID)
    authorization = models.JSONField()
    redirect_uri = models.TextField()
    code_challenge = models.CharField(max_length=64, null=True)  # noqa: DJ001 no challenge is not an empty one
    nonce = models.TextField(null=True)  # noqa: DJ001 no nonce is not an empty one
    dpop_jkt = models.CharField(max_length=KEY, null=True)  # noqa: DJ001 no key is not an empty one
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)


class Interaction(Unlisted):
    key = ExactField(primary_key=True, max_length=KEY)
    browser = ExactField(max_length=KEY)
    client_id = ExactField(max_length=CLIENT_ID)
    parameters = models.JSONField()
    steps = models.TextField(default="")
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)


class ClientAssertion(Unlisted):
    """Assertions that were shown. `key` is SHA-256 of the client and the `jti`, which may be of any length."""

    key = ExactField(primary_key=True, max_length=KEY)
    expires = models.DateTimeField(db_index=True)


class DeviceCode(Unlisted):
    """django-oauth-toolkit asks for its name (docs/decisions/0001). It has no table until the device flow writes it."""

    class Meta(Unlisted.Meta):
        managed = False
